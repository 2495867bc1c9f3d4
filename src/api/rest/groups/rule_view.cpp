#include "rest/groups/rule_view.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "vedette/base/yaml.hpp"

namespace vedette::api::rule_group {
namespace {

// What a rule that is not compiled says of itself.
std::shared_ptr<const model::RuleInfo> info_of(const detect::BookRule& rule) {
  auto info = std::make_shared<model::RuleInfo>();
  info->id = rule.id;
  info->title = rule.title;
  info->file = detect::book_file_name(rule.id);
  info->level = rule.level.value_or(model::Level::medium);
  const base::YamlStream stream = base::parse_yaml(rule.yaml, info->file);
  for (const base::YamlNode& document : stream.documents) {
    if (!document.is_mapping() || document.text("id") != rule.id) continue;
    info->description = document.text("description");
    info->author = document.text("author");
    info->tags = document.texts("tags");
    info->references = document.texts("references");
    info->false_positives = document.texts("falsepositives");
    model::parse_status(document.text("status"), info->status);
    if (const base::YamlNode* source = document.find("logsource")) {
      info->log_source = {std::string(source->text("category")), std::string(source->text("product")),
                          std::string(source->text("service"))};
    }
    break;
  }
  return info;
}

// A rule of the book that is not among those that run: a draft, switched off, or refused by the loader.
RuleView view_of_idle(detect::BookRule rule, const std::vector<std::string>& refusals) {
  RuleView view;
  view.of_book = true;
  view.state.info = info_of(rule);
  view.state.id = rule.id;
  view.state.title = rule.title;
  view.state.file = view.state.info->file;
  view.state.level = view.state.info->level;
  view.state_name = detect::rule_mode_name(rule.mode);
  if (rule.mode == detect::RuleMode::active) {
    const auto refusal = std::find_if(refusals.begin(), refusals.end(), [&](const std::string& why) {
      return why.starts_with(view.state.file + ":");
    });
    if (refusal != refusals.end()) {
      view.state_name = "error";
      view.state.why = *refusal;
    }
  }
  view.record = std::move(rule);
  return view;
}

using BookById = std::map<std::string, detect::BookRule, std::less<>>;

// The rules that run; takes their records out of the book.
std::map<std::string, RuleView, std::less<>> running_rules(std::vector<detect::RuleState> states,
                                                           BookById& book,
                                                           std::vector<std::string>& refusals) {
  std::map<std::string, RuleView, std::less<>> views;
  for (detect::RuleState& state : states) {
    if (!state.info) {
      refusals.push_back(std::move(state.why));
      continue;
    }
    const std::string id = state.id;
    const auto [at, added] = views.try_emplace(id);
    if (!added) continue;
    RuleView& view = at->second;
    view.of_book = detect::id_of_book_file(state.file).has_value();
    view.state_name = detect::rule_state_name(state.kind);
    view.state = std::move(state);
    const auto record = book.find(id);
    if (record == book.end() || record->second.of_file == view.of_book) continue;
    view.record = std::move(record->second);
    book.erase(record);
    // Until the next reload.
    if (view.of_book) {
      if (view.record->mode != detect::RuleMode::active)
        view.state_name = detect::rule_mode_name(view.record->mode);
    } else if (view.record->mode == detect::RuleMode::disabled) {
      view.state_name = "disabled";
    }
  }
  return views;
}

}  // namespace

base::Result<std::vector<RuleView>> all_rules(const RestParts& parts) {
  TRY_ASSIGN(auto rules, detect::RuleBook(*parts.records).all());
  BookById book;
  for (detect::BookRule& rule : rules) {
    std::string id = rule.id;
    book.emplace(std::move(id), std::move(rule));
  }
  std::vector<std::string> refusals;
  auto views = running_rules(parts.rules->states(), book, refusals);
  for (auto& [id, rule] : book) {
    if (rule.of_file) continue;  // of a file that is gone
    views.insert_or_assign(id, view_of_idle(std::move(rule), refusals));
  }
  std::vector<RuleView> all;
  for (auto& [id, view] : views) all.push_back(std::move(view));
  return all;
}

base::Result<RuleView> find_rule(const RestParts& parts, std::string_view id) {
  const detect::RuleBook rule_book(*parts.records);
  BookById book;
  auto record = rule_book.get(id);
  if (record.ok()) {
    book.emplace(std::string(id), std::move(*record));
  } else if (record.error().code != base::ErrorCode::not_found) {
    return record.error();
  }
  std::vector<detect::RuleState> states = parts.rules->states();
  std::erase_if(states, [&](const detect::RuleState& state) { return state.info && state.id != id; });
  std::vector<std::string> refusals;
  auto views = running_rules(std::move(states), book, refusals);
  if (!book.empty() && !book.begin()->second.of_file) {
    return view_of_idle(std::move(book.begin()->second), refusals);
  }
  if (views.empty()) {
    return base::make_error(base::ErrorCode::not_found, fmt::format("there is no rule {}", id));
  }
  return std::move(views.begin()->second);
}

Json rule_json(const RuleView& view) {
  const detect::RuleState& state = view.state;
  const model::RuleInfo& info = view.info();
  boost::json::object out{{"id", text_json(state.id)},
                          {"title", text_json(state.title)},
                          {"origin", view.of_book ? "book" : "file"},
                          {"file", view.of_book ? Json() : text_json(state.file)},
                          {"level", model::level_name(state.level)},
                          {"status", model::status_name(info.status)},
                          {"state", view.state_name},
                          {"why", optional_text_json(state.why)},
                          {"tags", texts_json(info.tags)},
                          {"tactics", texts_json(model::attack_tactics(info))},
                          {"techniques", texts_json(model::attack_techniques(info))},
                          {"log_source", text_json(info.log_source.to_string())},
                          {"hits", state.hits},
                          {"alerts", state.alerts},
                          {"suppressed", state.suppressed},
                          {"excepted", state.excepted},
                          {"evaluations", state.evaluations},
                          {"cost_ns", state.cost_ns},
                          {"costly", state.costly}};
  const auto& record = view.record;
  out["level_replaced"] = record && record->of_file && record->level;
  out["number"] = record && !record->of_file ? Json(record->number) : Json();
  out["changed_by"] = record ? optional_text_json(record->author) : Json();
  out["changed"] = record ? time_json(record->updated) : Json();
  out["version"] = view.version();
  return out;
}

}  // namespace vedette::api::rule_group
