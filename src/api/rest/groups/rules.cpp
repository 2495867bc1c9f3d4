// /rules: the list, changes, and what is tried before a rule is switched on.
#include <algorithm>

#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/groups/rule_view.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::rule_group {

void add_rule_version_handlers(HandlerTable& handlers, const RestParts& parts);
void add_rule_trial_handlers(HandlerTable& handlers, const RestParts& parts);

namespace {

bool any_equal(const std::vector<std::string>& values, std::string_view wanted) {
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return base::equals_ignore_case_ascii(value, wanted); });
}

bool contains_ignoring_case(std::string_view text, std::string_view wanted) {
  return base::to_lower_ascii(text).find(wanted) != std::string::npos;
}

// A technique also stands for those below it.
bool has_technique(const model::RuleInfo& info, std::string_view wanted) {
  const auto techniques = model::attack_techniques(info);
  return std::any_of(techniques.begin(), techniques.end(), [&](const std::string& technique) {
    return base::starts_with_ignore_case_ascii(technique, wanted) &&
           (technique.size() == wanted.size() || technique[wanted.size()] == '.');
  });
}

bool passes(const Call& call, const RuleView& view) {
  const auto is = [&](std::string_view name, std::string_view value) {
    const auto wanted = call.query_all(name);
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  };
  if (!is("state", view.state_name) || !is("level", model::level_name(view.state.level)) ||
      !is("origin", view.of_book ? "book" : "file")) {
    return false;
  }
  if (call.flag("costly") && !view.state.costly) return false;
  if (const auto tactic = call.query("tactic");
      tactic && !any_equal(model::attack_tactics(view.info()), *tactic))
    return false;
  if (const auto technique = call.query("technique"); technique && !has_technique(view.info(), *technique))
    return false;
  const auto text = call.query("text");
  if (!text) return true;
  const std::string wanted = base::to_lower_ascii(*text);
  return contains_ignoring_case(view.state.title, wanted) || contains_ignoring_case(view.state.id, wanted) ||
         contains_ignoring_case(view.info().description, wanted) ||
         contains_ignoring_case(view.state.file, wanted);
}

// Compared as bytes: what is to come first has the smallest key. The id makes it the only one.
std::string sort_key(std::string_view order, const RuleView& view) {
  const auto most_first = [](std::uint64_t value) { return fmt::format("{:020}", ~value); };
  std::string key;
  if (order == "level") key = most_first(static_cast<std::uint64_t>(view.state.level));
  if (order == "hits") key = most_first(view.state.hits);
  if (order == "alerts") key = most_first(view.state.alerts);
  if (order == "cost") key = most_first(view.state.cost_ns);
  if (order != "id") key += base::to_lower_ascii(view.state.title);
  return key + '\x01' + view.state.id;
}

// Fit for URLs as they are.
std::string cursor_of(std::string_view key) {
  std::string cursor = base::base64_encode(key);
  std::replace(cursor.begin(), cursor.end(), '+', '-');
  std::replace(cursor.begin(), cursor.end(), '/', '_');
  return cursor;
}

std::optional<std::string> key_of_cursor(std::string cursor) {
  std::replace(cursor.begin(), cursor.end(), '-', '+');
  std::replace(cursor.begin(), cursor.end(), '_', '/');
  return base::base64_decode(cursor);
}

Reply list_rules(Call& call, const RestParts& parts) {
  REPLY_ASSIGN(std::vector<RuleView> views, all_rules(parts));
  const std::string order(call.query("sort").value_or("title"));
  std::string after(call.query("after").value_or(""));
  if (!after.empty()) {
    const auto decoded = key_of_cursor(after);
    if (!decoded)
      return problem(422, "cursor", "The cursor is none of this list.", {{"query:after", "is no cursor", 0}});
    after = *decoded;
  }
  std::vector<std::pair<std::string, const RuleView*>> found;
  std::uint64_t total = 0;
  for (const RuleView& view : views) {
    if (!passes(call, view)) continue;
    ++total;
    std::string key = sort_key(order, view);
    if (after.empty() || key > after) found.emplace_back(std::move(key), &view);
  }
  std::sort(found.begin(), found.end());
  const std::size_t shown = std::min(found.size(), static_cast<std::size_t>(call.integer("limit", 100)));
  boost::json::array items;
  for (std::size_t i = 0; i < shown; ++i) items.push_back(rule_json(*found[i].second));
  Reply reply;
  reply.body = page_json(std::move(items), shown < found.size() ? cursor_of(found[shown - 1].first) : "");
  reply.body.as_object()["total"] = total;
  return reply;
}

Reply whole_rule(const RestParts& parts, const RuleView& view, int status = 200) {
  boost::json::object body = rule_json(view).as_object();
  const model::RuleInfo& info = view.info();
  body["description"] = optional_text_json(info.description);
  body["author"] = optional_text_json(info.author);
  body["references"] = texts_json(info.references);
  body["false_positives"] = texts_json(info.false_positives);
  if (view.of_book && view.record) {
    body["yaml"] = text_json(view.record->yaml);
  } else {
    const auto yaml = parts.rules->source_of(view.state.id);
    body["yaml"] = yaml.ok() ? text_json(*yaml) : Json();
  }
  return reply_json(status, std::move(body), view.version());
}

Reply show_rule(const RestParts& parts, std::string_view id, int status = 200) {
  const auto view = find_rule(parts, id);
  if (!view.ok())
    return view.error().code == base::ErrorCode::not_found ? not_found("rule") : problem_of(view.error());
  return whole_rule(parts, *view, status);
}

std::optional<Reply> write_change(Call& call, const detect::RuleBook::Change& change) {
  const auto applied = call.apply(change.writes);
  if (!applied.ok()) return problem_of(applied.error());
  return std::nullopt;
}

Reply create_rule(Call& call, const RestParts& parts) {
  const Members body(call.body());
  auto change =
      detect::RuleBook(*parts.records).create(body.text("yaml"), edit_of(call, parts, body.text("message")));
  if (!change.ok()) {
    if (change.error().code != base::ErrorCode::invalid_argument) return problem_of(change.error());
    return problem(422, "rule", change.error().message, {{"/yaml", change.error().message, 0}});
  }
  const std::string& id = change->rule.id;
  call.target("rules/" + id);
  if (find_rule(parts, id).ok()) {
    return problem(
        409, "taken",
        "A rule of a file has this id: give yours an id of its own, and switch the other off if it is to "
        "replace it.",
        {{"/yaml", "the id is taken", 0}});
  }
  if (auto failed = write_change(call, *change)) return std::move(*failed);
  Reply reply = show_rule(parts, id, 201);
  reply.headers.emplace_back("Location", "/api/v1/rules/" + id);
  return reply;
}

// Of a rule that is switched on a change takes effect at once: it must be good, and the caller be allowed to.
std::optional<Reply> check_live_change(Call& call, const RestParts& parts, const std::string& yaml) {
  if (auto refused =
          check_permission(call, Permission::rules_activate, "Changing a rule that is switched on")) {
    return refused;
  }
  const base::Diagnostics diagnostics = parts.rules->lint(yaml);
  if (base::has_errors(diagnostics)) return diagnostics_problem(diagnostics, "/yaml");
  return std::nullopt;
}

// The record of a rule of the book, or the problem.
struct FoundRecord {
  detect::BookRule rule;
  std::optional<Reply> refusal;
};
FoundRecord find_record(const RestParts& parts, std::string_view id) {
  auto rule = detect::RuleBook(*parts.records).get(id);
  if (rule.ok() && !rule->of_file) return {std::move(*rule), std::nullopt};
  if (!rule.ok() && rule.error().code != base::ErrorCode::not_found) return {{}, problem_of(rule.error())};
  if (find_rule(parts, id).ok()) {
    return {
        {},
        problem(
            409, "of-file",
            "The rule is one of a file: switch it on or off or give it another level here, and change its "
            "text in the file.")};
  }
  return {{}, not_found("rule")};
}

Reply update_rule(Call& call, const RestParts& parts) {
  const std::string id(call.path("id"));
  call.target("rules/" + id);
  FoundRecord found = find_record(parts, id);
  if (found.refusal) return std::move(*found.refusal);
  if (auto refused = check_match(call, found.rule.version)) return std::move(*refused);
  const Members body(call.body());
  const std::string yaml = body.text("yaml");
  const bool live = found.rule.mode == detect::RuleMode::active;
  if (live) {
    if (auto refused = check_live_change(call, parts, yaml)) return std::move(*refused);
  }
  const auto change = detect::RuleBook(*parts.records)
                          .update(id, yaml, edit_of(call, parts, body.text("message")), found.rule.version);
  if (!change.ok()) {
    if (change.error().code != base::ErrorCode::invalid_argument) return problem_of(change.error());
    return problem(422, "rule", change.error().message, {{"/yaml", change.error().message, 0}});
  }
  if (auto failed = write_change(call, *change)) return std::move(*failed);
  if (live) {
    if (auto failed = reload_rules(parts)) return std::move(*failed);
  }
  return show_rule(parts, id);
}

Reply delete_rule(Call& call, const RestParts& parts) {
  const std::string id(call.path("id"));
  call.target("rules/" + id);
  FoundRecord found = find_record(parts, id);
  if (found.refusal) return std::move(*found.refusal);
  if (auto refused = check_optional_match(call, found.rule.version)) return std::move(*refused);
  const std::string message(call.query("message").value_or(""));
  const auto change =
      detect::RuleBook(*parts.records).remove(id, edit_of(call, parts, message), found.rule.version);
  if (!change.ok()) return problem_of(change.error());
  if (auto failed = write_change(call, *change)) return std::move(*failed);
  if (found.rule.mode == detect::RuleMode::active) {
    if (auto failed = reload_rules(parts)) return std::move(*failed);
  }
  return no_content();
}

Reply switch_rule(Call& call, const RestParts& parts, bool on) {
  const std::string id(call.path("id"));
  call.target("rules/" + id);
  REPLY_ASSIGN(const RuleView view, find_rule(parts, id));
  if (auto refused = check_optional_match(call, view.version())) return std::move(*refused);
  if (on && view.of_book) {
    const base::Diagnostics diagnostics = parts.rules->lint(view.record ? view.record->yaml : "");
    if (base::has_errors(diagnostics)) return diagnostics_problem(diagnostics, "/yaml");
  }
  const detect::RuleBook book(*parts.records);
  const detect::Edit edit = edit_of(call, parts, Members(call.body()).text("message"));
  const auto mode = on ? detect::RuleMode::active : detect::RuleMode::disabled;
  const auto level = view.record ? view.record->level : std::nullopt;
  const auto change = view.of_book
                          ? book.set_mode(id, mode, edit, view.version())
                          : book.set_file_rule(id, view.state.title, mode, level, edit, view.version());
  if (!change.ok()) return problem_of(change.error());
  call.note("before", view.state_name);
  call.note("after", detect::rule_mode_name(mode));
  if (auto failed = write_change(call, *change)) return std::move(*failed);
  if (auto failed = reload_rules(parts)) return std::move(*failed);
  return show_rule(parts, id);
}

Reply set_rule_level(Call& call, const RestParts& parts) {
  const std::string id(call.path("id"));
  call.target("rules/" + id);
  REPLY_ASSIGN(const RuleView view, find_rule(parts, id));
  if (view.of_book)
    return problem(409, "of-book", "The rule is one of the book: change the level in its text.");
  if (auto refused = check_optional_match(call, view.version())) return std::move(*refused);
  const Members body(call.body());
  std::optional<model::Level> level;
  if (const std::string name = body.text("level"); !name.empty()) {
    model::Level parsed = model::Level::medium;
    if (!model::parse_level(name, parsed))
      return problem(422, "invalid", "There is no such level.", {{"/level", "is no level", 0}});
    level = parsed;
  }
  const auto mode = view.record ? view.record->mode : detect::RuleMode::active;
  const auto change = detect::RuleBook(*parts.records)
                          .set_file_rule(id, view.state.title, mode, level,
                                         edit_of(call, parts, body.text("message")), view.version());
  if (!change.ok()) return problem_of(change.error());
  call.note("before", model::level_name(view.state.level));
  call.note("after", level ? model::level_name(*level) : "that of the file");
  if (auto failed = write_change(call, *change)) return std::move(*failed);
  if (auto failed = reload_rules(parts)) return std::move(*failed);
  return show_rule(parts, id);
}

}  // namespace
}  // namespace vedette::api::rule_group

namespace vedette::api {

void add_rule_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = rule_group;
  if (!parts.rules || !parts.records) {
    for (const char* id : {"listRules", "createRule", "getRule", "updateRule", "deleteRule", "activateRule",
                           "deactivateRule", "setRuleLevel", "listRuleVersions", "getRuleVersion", "diffRule",
                           "lintRule", "testRule", "backTestRule"}) {
      handlers[id] = [](Call&) { return group::group_missing("rules"); };
    }
    return;
  }
  handlers["listRules"] = [parts](Call& call) { return group::list_rules(call, parts); };
  handlers["createRule"] = [parts](Call& call) { return group::create_rule(call, parts); };
  handlers["getRule"] = [parts](Call& call) { return group::show_rule(parts, call.path("id")); };
  handlers["updateRule"] = [parts](Call& call) { return group::update_rule(call, parts); };
  handlers["deleteRule"] = [parts](Call& call) { return group::delete_rule(call, parts); };
  handlers["activateRule"] = [parts](Call& call) { return group::switch_rule(call, parts, true); };
  handlers["deactivateRule"] = [parts](Call& call) { return group::switch_rule(call, parts, false); };
  handlers["setRuleLevel"] = [parts](Call& call) { return group::set_rule_level(call, parts); };
  group::add_rule_version_handlers(handlers, parts);
  group::add_rule_trial_handlers(handlers, parts);
}

}  // namespace vedette::api
