// /exceptions.
#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/exception_trial.hpp"
#include "rest/groups/rule_support.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::rule_group {
namespace {

constexpr base::TimeNs kExceptionLife = 90 * 86'400 * base::kNsPerSecond;

Json exception_json(const detect::BookException& exception, base::TimeNs now) {
  return boost::json::object{{"id", text_json(exception.id)},
                             {"rules", texts_json(exception.rules)},
                             {"condition", text_json(exception.condition)},
                             {"reason", text_json(exception.reason)},
                             {"owner", text_json(exception.owner)},
                             {"expires", time_json(exception.expires)},
                             {"expired", exception.expires != 0 && exception.expires <= now},
                             {"changed_by", text_json(exception.author)},
                             {"created", time_json(exception.created)},
                             {"changed", time_json(exception.updated)},
                             {"version", exception.version}};
}

std::string random_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

Reply list_exceptions(Call& call, const RestParts& parts) {
  const detect::RuleBook book(*parts.records);
  const auto rule = call.query("rule");
  const auto limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  boost::json::array items;
  std::string next(call.query("after").value_or(""));
  // Pages of the store until one that is not empty, so that a filter gives no run of empty ones.
  do {
    REPLY_ASSIGN(auto page, book.exceptions(next, limit));
    for (const detect::BookException& exception : page.items) {
      const bool concerned =
          !rule || exception.rules.empty() ||
          std::find(exception.rules.begin(), exception.rules.end(), *rule) != exception.rules.end();
      if (concerned) items.push_back(exception_json(exception, parts.now()));
    }
    next = std::move(page.next);
  } while (items.empty() && !next.empty());
  Reply reply;
  reply.body = page_json(std::move(items), next);
  return reply;
}

Reply show_exception(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto exception, detect::RuleBook(*parts.records).exception(call.path("id")));
  return reply_json(200, exception_json(exception, parts.now()), exception.version);
}

// What the body says, into `exception`.
std::optional<Reply> read_exception(Call& call, const RestParts& parts, detect::BookException& exception) {
  const Members body(call.body());
  exception.rules = body.texts("rules");
  exception.condition = body.text("condition");
  exception.reason = base::trim(body.text("reason"));
  exception.owner = base::trim(body.text("owner"));
  if (exception.owner.empty()) exception.owner = call.principal().name;
  // Noise that is known today is not known for ever: without a word on it an exception ends by itself.
  const bool never = call.body().is_object() && call.body().get_object().contains("expires");
  exception.expires = never ? 0 : parts.now() + kExceptionLife;
  if (const Json* expires = body.find("expires")) {
    const auto time = time_of(expires);
    if (!time || *time <= parts.now()) {
      return problem(422, "invalid", "An exception must expire in the future.", {{"/expires", "is over", 0}});
    }
    exception.expires = *time;
  }
  exception.author = call.principal().name;
  exception.updated = parts.now();
  return std::nullopt;
}

Reply exception_problem(const base::Error& error) {
  if (error.code != base::ErrorCode::invalid_argument) return problem_of(error);
  const std::string_view pointer = error.message.starts_with("condition") ? "/condition" : "";
  return problem(422, "exception", error.message, {{std::string(pointer), error.message, 0}});
}

Reply write_exception(Call& call, const RestParts& parts, detect::BookException exception, int status) {
  const auto write = detect::RuleBook(*parts.records).put_exception(exception, exception.version);
  if (!write.ok()) return exception_problem(write.error());
  call.target("exceptions/" + exception.id);
  call.note("condition", exception.condition);
  call.note("reason", exception.reason);
  call.note("owner", exception.owner);
  call.note("expires", exception.expires == 0 ? "never" : base::format_rfc3339(exception.expires));
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&*write, 1)));
  exception.version = versions.empty() ? exception.version + 1 : versions.front();
  if (auto failed = reload_rules(parts)) return std::move(*failed);
  Reply reply = reply_json(status, exception_json(exception, parts.now()), exception.version);
  if (status == 201) reply.headers.emplace_back("Location", "/api/v1/exceptions/" + exception.id);
  return reply;
}

Reply create_exception(Call& call, const RestParts& parts) {
  detect::BookException exception;
  exception.id = random_id();
  exception.created = parts.now();
  if (auto refused = read_exception(call, parts, exception)) return std::move(*refused);
  return write_exception(call, parts, std::move(exception), 201);
}

Reply update_exception(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(auto exception, detect::RuleBook(*parts.records).exception(call.path("id")));
  if (auto refused = check_match(call, exception.version)) return std::move(*refused);
  if (auto refused = read_exception(call, parts, exception)) return std::move(*refused);
  return write_exception(call, parts, std::move(exception), 200);
}

Reply delete_exception(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(const auto exception, detect::RuleBook(*parts.records).exception(call.path("id")));
  if (auto refused = check_optional_match(call, exception.version)) return std::move(*refused);
  call.target("exceptions/" + exception.id);
  call.note("condition", exception.condition);
  const auto write = detect::RuleBook::remove_exception(exception.id, exception.version);
  REPLY_ASSIGN(const auto versions, call.apply(std::span(&write, 1)));
  static_cast<void>(versions);
  if (auto failed = reload_rules(parts)) return std::move(*failed);
  return no_content();
}

Reply back_test_exception(Call& call, const RestParts& parts) {
  if (auto refused = check_permission(call, Permission::alerts_read, "A back-test"))
    return std::move(*refused);
  if (auto refused = check_permission(call, Permission::events_read, "A back-test"))
    return std::move(*refused);
  REPLY_ASSIGN(const model::TimeRange range, range_of(call.body()));
  const Members body(call.body());
  base::Diagnostics diagnostics;
  auto condition = detect::read_condition(body.text("condition"), "condition", diagnostics);
  if (!condition) return diagnostics_problem(diagnostics, "/condition");
  if (!parts.rules) return group_missing("back-tests");
  ExceptionTrial trial{
      parts.records,
      call.shared_events(),
      std::move(*condition),
      parts.rules->taxonomy(),
      body.texts("rules"),
      range,
      call.principal().scope.tenant,
      parts.incidents != nullptr && call.principal().permissions.has(Permission::incidents_read)};
  return start_job(
      parts, call, "exceptions.back_test",
      [trial = std::move(trial)](const JobProgress& progress) { return run_trial(trial, progress); });
}

}  // namespace
}  // namespace vedette::api::rule_group

namespace vedette::api {

void add_exception_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = rule_group;
  if (!parts.records) {
    for (const char* id : {"listExceptions", "createException", "getException", "updateException",
                           "deleteException", "backTestException"}) {
      handlers[id] = [](Call&) { return group::group_missing("exceptions"); };
    }
    return;
  }
  handlers["listExceptions"] = [parts](Call& call) { return group::list_exceptions(call, parts); };
  handlers["createException"] = [parts](Call& call) { return group::create_exception(call, parts); };
  handlers["getException"] = [parts](Call& call) { return group::show_exception(call, parts); };
  handlers["updateException"] = [parts](Call& call) { return group::update_exception(call, parts); };
  handlers["deleteException"] = [parts](Call& call) { return group::delete_exception(call, parts); };
  handlers["backTestException"] = [parts](Call& call) { return group::back_test_exception(call, parts); };
}

}  // namespace vedette::api
