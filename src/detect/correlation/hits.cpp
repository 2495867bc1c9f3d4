#include "correlation/hits.hpp"

#include <algorithm>

#include "vedette/detect/correlator.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kMaxListedEvents = 100;

// What a batch takes beside its cells and their text.
constexpr std::size_t kBatchBytes = 512;

// The value of an observation: a number's text, or what value_count tells apart.
void append_value(std::string& out, const CorrelationRule& rule, std::string_view value) {
  if (rule.value_fields.size() == 1) {
    out = value;
  } else {
    append_part(out, value);
  }
}

// Stands in for the event when its copy did not fit: the group-by fields only.
std::shared_ptr<const model::EventBatch> group_event(const CorrelationRule& rule, const Observation& last) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  builder.begin_row(0);
  builder.set_time(last.time);
  for (std::size_t i = 0; i < rule.group_by.size(); ++i) {
    builder.add_copy(model::intern(rule.group_by[i]), last.group[i]);
  }
  builder.end_row();
  return builder.finish();
}

// To count a hit twice because its rule is listed twice makes no sense unless hits are put in order.
bool listed_before(const CorrelationRule& rule, std::uint32_t member) {
  if (rule.type == CorrelationType::temporal || rule.type == CorrelationType::temporal_ordered) return false;
  const auto end = rule.rules.begin() + member;
  return std::any_of(rule.rules.begin(), end,
                     [&](const RuleRef& ref) { return same(ref, rule.rules[member]); });
}

// Fills group and value; `value_of` finds the value of a field (const std::string*, null if there is none).
template <typename ValueOf>
bool fill(Observation& observation, const CorrelationRule& rule, ValueOf value_of) {
  for (const std::string& group : rule.group_by) {
    const std::string* value = value_of(rule.field_of(group, observation.member));
    if (!value) return false;
    observation.group.push_back(*value);
  }
  for (const std::string& field : rule.value_fields) {
    const std::string* value = value_of(rule.field_of(field, observation.member));
    if (!value) return false;
    append_value(observation.value, rule, *value);
  }
  return true;
}

}  // namespace

CorrelationUses::CorrelationUses(const RuleSet& rules)
    : of_rule(rules.rules.size()), of_correlation(rules.correlations.size()) {
  for (std::uint32_t c = 0; c < rules.correlations.size(); ++c) {
    const auto& members = rules.correlations[c].rules;
    for (std::uint32_t m = 0; m < members.size(); ++m) {
      if (listed_before(rules.correlations[c], m)) continue;
      auto& uses = members[m].kind == RuleRef::Kind::rule ? of_rule : of_correlation;
      uses[members[m].index].push_back({c, m});
    }
  }
}

std::optional<Observation> observe(const Engine& engine, const CorrelationUse& use, const model::Event& event,
                                   const RuleHit& hit, const std::string& event_id) {
  const auto& names = engine.captured(hit.rule);
  Observation observation{event.time(), use.member, {}, {}, event_id, event.sequence(), nullptr};
  const auto captured = [&](const std::string& field) -> const std::string* {
    const auto it = std::find(names.begin(), names.end(), field);
    if (it == names.end()) return nullptr;
    const auto& value = hit.captures[static_cast<std::size_t>(it - names.begin())];
    return value ? &*value : nullptr;
  };
  if (!fill(observation, engine.rules().correlations[use.correlation], captured)) return std::nullopt;
  return observation;
}

std::optional<Observation> observe(const CorrelationRule& outer, const CorrelationUse& use,
                                   const model::Alert& inner) {
  const auto& group = inner.correlation->group;
  Observation observation{inner.time, use.member, {}, {}, inner.id, inner.event().sequence(), inner.batch};
  const auto value_of = [&](const std::string& field) -> const std::string* {
    const auto it =
        std::find_if(group.begin(), group.end(), [&](const auto& entry) { return entry.first == field; });
    return it == group.end() ? nullptr : &it->second;
  };
  if (!fill(observation, outer, value_of)) return std::nullopt;
  return observation;
}

model::Alert correlation_alert(const CorrelationRule& rule, std::shared_ptr<const model::RuleInfo> info,
                               const Finding& finding) {
  const Observation& last = *finding.evidence.back();
  auto result = std::make_shared<model::CorrelationResult>();
  result->type = correlation_type_name(rule.type);
  result->value = finding.value;
  result->first = finding.evidence.front()->time;
  result->last = last.time;
  for (std::size_t i = 0; i < rule.group_by.size(); ++i) {
    result->group.emplace_back(rule.group_by[i], last.group[i]);
  }
  std::string key;
  for (const std::string& value : last.group) append_part(key, value);
  for (const Observation* observation : finding.evidence) {
    if (result->event_ids.size() < kMaxListedEvents) result->event_ids.push_back(observation->event_id);
  }
  model::Alert alert;
  alert.id = alert_id(*info, key + std::to_string(result->first) + '\0' + std::to_string(result->last));
  alert.rule = std::move(info);
  alert.batch = last.event ? last.event : group_event(rule, last);
  alert.time = last.time;
  for (const auto& [field, value] : result->group) alert.matches.push_back({field, value, "group-by", ""});
  alert.correlation = std::move(result);
  return alert;
}

std::shared_ptr<const model::EventBatch> copy_event(const model::EventBatch& batch, std::uint32_t row,
                                                    std::size_t bytes) {
  model::BatchBuilder builder(std::make_shared<model::Source>(batch[row].source()), bytes);
  const model::Event event = batch[row];
  const auto copy = [&](const model::Value& value) {
    return value.is_string() ? model::Value::string(builder.arena().copy(value.as_string())) : value;
  };
  builder.begin_row(event.position());
  builder.set_time(event.time());
  builder.set_sequence(event.sequence());
  for (const model::Cell& cell : event.cells()) {
    if (!cell.value.is_list()) {
      builder.add(cell.field, copy(cell.value));
      continue;
    }
    auto list = builder.arena().allocate_array<model::Value>(cell.value.as_list().size());
    std::transform(cell.value.as_list().begin(), cell.value.as_list().end(), list.begin(), copy);
    builder.add(cell.field, model::Value::list(list));
  }
  builder.end_row();
  return builder.finish();
}

std::size_t event_bytes(const model::Event& event) {
  std::size_t bytes = kBatchBytes + event.cells().size() * sizeof(model::Cell);
  for (const model::Cell& cell : event.cells()) {
    for (const model::Value& value : cell.value.elements()) {
      bytes += sizeof(value) + (value.is_string() ? value.as_string().size() : 0);
    }
  }
  return bytes;
}

std::size_t observation_bytes(const Observation& observation) {
  std::size_t bytes = sizeof(observation) + observation.value.size() + observation.event_id.size();
  for (const std::string& value : observation.group) bytes += sizeof(value) + value.size();
  return bytes;
}

void append_part(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\0' || c == '\1') {
      out += '\1';
      out += static_cast<char>(c + 1);
    } else {
      out += c;
    }
  }
  out += '\0';
}

}  // namespace vedette::detect
