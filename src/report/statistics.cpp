#include <tuple>

#include "describe.hpp"
#include "statistics_state.hpp"
#include "text_layout.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

using model::Level;

// Severe rules first; within a level the first alerts of every rule before the thousandth of a noisy one.
auto rank(const model::RuleInfo& rule, std::uint64_t nth, std::uint64_t ordinal) {
  return std::tuple(-static_cast<int>(rule.level), nth, ordinal);
}
bool wanted_more(const AlertDetail& a, const AlertDetail& b) {
  return rank(*a.rule, a.nth_of_rule, a.ordinal) < rank(*b.rule, b.nth_of_rule, b.ordinal);
}

std::string shown(const model::Value& value, std::size_t max_bytes) {
  if (value.is_list()) {
    std::string out;
    for (const model::Value& item : value.as_list()) {
      if (out.size() > max_bytes) break;
      if (!out.empty()) out += ", ";
      model::TextBuffer buffer;
      out += cut_bytes(model::text_of(item, buffer), max_bytes);
    }
    return cut_bytes(out, max_bytes);
  }
  model::TextBuffer buffer;
  return cut_bytes(model::text_of(value, buffer), max_bytes);
}

void take_fields(const model::Event& event, AlertDetail& detail) {
  std::vector<std::pair<std::string_view, const model::Value*>> sorted;
  for (const model::Cell& cell : event.cells()) {
    if (!cell.value.is_null()) sorted.emplace_back(model::name_of(cell.field), &cell.value);
  }
  // The whole record repeats what its fields say: it comes last.
  const auto key = [](const auto& entry) { return std::pair(entry.first == "event.original", entry.first); };
  std::sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::size_t bytes = 0;
  for (const auto& [name, value] : sorted) {
    if (detail.fields.size() >= kMaxDetailFields || bytes >= kMaxDetailEventBytes) {
      ++detail.fields_left_out;
      continue;
    }
    std::string text = shown(*value, kMaxDetailValueBytes);
    bytes += text.size();
    detail.fields.emplace_back(name, std::move(text));
  }
}

AlertDetail make_detail(const model::Alert& alert) {
  AlertDetail detail;
  const model::Event event = alert.event();
  detail.rule = alert.rule;
  detail.id = cut_bytes(alert.id, 128);
  detail.path = cut_bytes(alert.event().source().path, 1024);
  detail.host = host_of(event);
  detail.user = user_of(event);
  detail.source = source_address_of(event);
  detail.key_match = cut_bytes(key_match_of(alert), 240);
  detail.time = alert.time;
  detail.position = event.position();
  const std::size_t kept = std::min(alert.matches.size(), kMaxDetailMatches);
  detail.matches.assign(alert.matches.begin(), alert.matches.begin() + static_cast<std::ptrdiff_t>(kept));
  detail.matches_left_out = alert.matches.size() - kept;
  detail.correlation = alert.correlation;
  take_fields(event, detail);
  return detail;
}

void widen_period(base::TimeNs time, base::TimeNs& first, base::TimeNs& last) {
  first = first == 0 ? time : std::min(first, time);
  last = last == 0 ? time : std::max(last, time);
}

}  // namespace

void EntityTable::add(const std::string& name, const model::RuleInfo* rule) {
  if (name.empty()) return;
  EntityCount& count = counts_[name];
  ++count.total;
  ++count.levels[static_cast<std::size_t>(rule->level)];
  if (count.rules.size() < EntityCount::kMaxRules &&
      std::find(count.rules.begin(), count.rules.end(), rule) == count.rules.end()) {
    count.rules.push_back(rule);
  }
  if (counts_.size() <= kMaxNames) return;
  forgot_some_ = true;
  std::vector<std::uint64_t> totals;
  for (const auto& [known, entry] : counts_) totals.push_back(entry.total);
  const auto middle = totals.begin() + static_cast<std::ptrdiff_t>(totals.size() / 2);
  std::nth_element(totals.begin(), middle, totals.end());
  std::erase_if(counts_, [&](const auto& entry) { return entry.second.total <= *middle; });
}

std::vector<EntityTable::Row> EntityTable::top(std::size_t limit) const {
  std::vector<Row> rows;
  rows.reserve(counts_.size());
  for (const auto& [name, count] : counts_) rows.push_back({name, &count});
  const auto before = [](const Row& a, const Row& b) {
    if (a.count->total != b.count->total) return a.count->total > b.count->total;
    for (std::size_t level = model::kLevels; level-- > 0;) {
      if (a.count->levels[level] != b.count->levels[level])
        return a.count->levels[level] > b.count->levels[level];
    }
    return a.name < b.name;
  };
  limit = std::min(limit, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end(), before);
  rows.resize(limit);
  return rows;
}

std::vector<const RuleCount*> AlertStatistics::State::top_rules(std::size_t limit) const {
  std::vector<const RuleCount*> rows;
  rows.reserve(rules.size());
  for (const auto& [rule, count] : rules) rows.push_back(&count);
  const auto before = [](const RuleCount* a, const RuleCount* b) {
    return std::tuple(b->total, b->rule->level, std::string_view(a->rule->title),
                      std::string_view(a->rule->id)) < std::tuple(a->total, a->rule->level,
                                                                  std::string_view(b->rule->title),
                                                                  std::string_view(b->rule->id));
  };
  std::sort(rows.begin(), rows.end(), before);
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

AlertStatistics::AlertStatistics(std::size_t max_details) : state_(std::make_unique<State>()) {
  state_->max_details = max_details;
}
AlertStatistics::~AlertStatistics() = default;

void AlertStatistics::add(const model::Alert& alert) {
  State& state = *state_;
  const model::RuleInfo* rule = alert.rule.get();
  const std::uint64_t ordinal = state.total++;
  ++state.levels[static_cast<std::size_t>(rule->level)];
  RuleCount& count = state.rules[rule];
  if (!count.rule) count.rule = alert.rule;
  const std::uint64_t nth = count.total++;
  if (alert.time == 0) {
    ++state.without_time;
  } else {
    widen_period(alert.time, state.first, state.last);
    widen_period(alert.time, count.first, count.last);
    state.histogram.add(alert.time, rule->level);
  }
  const model::Event event = alert.event();
  state.hosts.add(host_of(event), rule);
  state.users.add(user_of(event), rule);
  state.sources.add(source_address_of(event), rule);

  std::vector<AlertDetail>& heap = state.details;
  if (state.max_details == 0) return;
  if (heap.size() >= state.max_details) {
    const AlertDetail& least = heap.front();
    if (rank(*rule, nth, ordinal) >= rank(*least.rule, least.nth_of_rule, least.ordinal)) return;
    std::pop_heap(heap.begin(), heap.end(), wanted_more);
    heap.pop_back();
  }
  heap.push_back(make_detail(alert));
  heap.back().nth_of_rule = nth;
  heap.back().ordinal = ordinal;
  std::push_heap(heap.begin(), heap.end(), wanted_more);
}

std::uint64_t AlertStatistics::total() const {
  return state_->total;
}

std::uint64_t AlertStatistics::by_level(Level level) const {
  return state_->levels[static_cast<std::size_t>(level)];
}

}  // namespace vedette::report
