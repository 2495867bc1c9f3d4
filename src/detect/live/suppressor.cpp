#include "live/suppressor.hpp"

#include <algorithm>

#include "correlation/hits.hpp"

namespace vedette::detect {
namespace {

// Values of a correlation's group, else of the event. Absent and empty are apart.
void append_key_value(std::string& out, const model::Alert& alert, const std::string& field) {
  if (alert.correlation) {
    for (const auto& [name, value] : alert.correlation->group) {
      if (name != field) continue;
      out += 'v';
      append_part(out, value);
      return;
    }
  }
  model::FieldId id{};
  const model::Value* value =
      model::FieldTable::instance().find(field, id) ? alert.event().find(id) : nullptr;
  if (value) {
    for (const model::Value& element : value->elements()) {
      model::TextBuffer buffer;
      out += 'v';
      append_part(out, text_of(element, buffer));
    }
  }
  out += '\0';
}

}  // namespace

void Suppressor::set_rules(const std::vector<Suppression>& suppressions) {
  rules_.clear();
  for (const Suppression& suppression : suppressions) rules_.emplace(suppression.rule, suppression);
}

std::optional<std::uint64_t> Suppressor::pass(const model::Alert& alert, base::TimeNs time) {
  const auto rule = rules_.find(alert.rule->id);
  if (rule == rules_.end()) return 0;
  const Suppression& suppression = rule->second;
  std::string key;
  append_part(key, suppression.rule);
  for (const std::string& field : suppression.fields) append_key_value(key, alert, field);
  if (last_.size() >= forget_at_) forget(time);
  const auto known = last_.find(key);
  if (known == last_.end()) {
    if (last_.size() < kMaxKeys) last_.emplace(std::move(key), Last{time, suppression.window, 0});
    return 0;
  }
  Last& last = known->second;
  last.window = suppression.window;
  if (time < later(last.time, last.window) && time > earlier(last.time, last.window)) {
    ++last.held_back;
    return std::nullopt;
  }
  last.time = std::max(last.time, time);
  return std::exchange(last.held_back, 0);
}

void Suppressor::forget(base::TimeNs now) {
  std::erase_if(last_, [&](const auto& entry) {
    const Last& last = entry.second;
    // What was held back is told with the next alert, so it is remembered longer.
    const bool over = later(last.time, last.window) <= now;
    return over && (last.held_back == 0 || last_.size() >= kMaxKeys);
  });
  forget_at_ = std::min(kMaxKeys, last_.size() * 2 + 10'000);
}

void Suppressor::write(StateWriter& out) const {
  out.number(last_.size());
  for (const auto& [key, last] : last_) {
    out.text(key);
    out.time(last.time);
    out.time(last.window);
    out.number(last.held_back);
  }
}

bool Suppressor::read(StateReader& in) {
  const std::size_t count = in.count();
  if (count > kMaxKeys) return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::string key(in.text());
    Last last{in.time(), in.time(), in.number()};
    if (!in.ok() || last.window < 0 || !last_.emplace(std::move(key), last).second) return false;
  }
  return in.ok();
}

}  // namespace vedette::detect
