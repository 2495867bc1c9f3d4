// /rules/{id}/versions and /diff.
#include <fmt/format.h>

#include "rest/groups/rule_view.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::rule_group {
namespace {

boost::json::object version_json(const detect::RuleVersion& version) {
  return {{"rule_id", text_json(version.rule_id)},           {"number", version.number},
          {"kind", detect::version_kind_name(version.kind)}, {"author", text_json(version.author)},
          {"message", text_json(version.message)},           {"time", time_json(version.time)}};
}

Reply list_versions(Call& call, const RestParts& parts) {
  const auto after = call.query("after").value_or("");
  REPLY_ASSIGN(const auto page,
               detect::RuleBook(*parts.records)
                   .versions(call.path("id"), after, static_cast<std::uint32_t>(call.integer("limit", 100))));
  // Rules of files have no versions here; a deleted rule has those it had.
  if (page.items.empty() && after.empty() && !find_rule(parts, call.path("id")).ok())
    return not_found("rule");
  boost::json::array items;
  for (const detect::RuleVersion& version : page.items) items.push_back(version_json(version));
  Reply reply;
  reply.body = page_json(std::move(items), page.next);
  return reply;
}

// A number of a version, as a path or query parameter.
base::Result<detect::RuleVersion> find_version(Call& call, const RestParts& parts, std::int64_t number) {
  if (number < 1 || number > std::int64_t{0xffffffff}) {
    return base::make_error(base::ErrorCode::not_found, "versions count from 1");
  }
  return detect::RuleBook(*parts.records).version(call.path("id"), static_cast<std::uint32_t>(number));
}

Reply show_version(Call& call, const RestParts& parts) {
  const auto number = base::parse_int(call.path("n"));
  REPLY_ASSIGN(const auto version, find_version(call, parts, number.value_or(0)));
  boost::json::object body = version_json(version);
  body["yaml"] = text_json(version.yaml);
  return reply_json(200, std::move(body), version.number);
}

Reply diff_versions(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto from, find_version(call, parts, call.integer("from", 0)));
  REPLY_ASSIGN(const auto to, find_version(call, parts, call.integer("to", 0)));
  REPLY_ASSIGN(const std::string diff,
               detect::unified_diff(from.yaml, to.yaml, fmt::format("version {}", from.number),
                                    fmt::format("version {}", to.number)));
  Reply reply;
  reply.body =
      boost::json::object{{"from", version_json(from)}, {"to", version_json(to)}, {"diff", text_json(diff)}};
  return reply;
}

}  // namespace

void add_rule_version_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listRuleVersions"] = [parts](Call& call) { return list_versions(call, parts); };
  handlers["getRuleVersion"] = [parts](Call& call) { return show_version(call, parts); };
  handlers["diffRule"] = [parts](Call& call) { return diff_versions(call, parts); };
}

}  // namespace vedette::api::rule_group
