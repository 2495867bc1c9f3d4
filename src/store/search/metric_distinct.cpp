#include <algorithm>
#include <map>
#include <unordered_map>

#include "search/field_reader.hpp"
#include "search/hyperloglog.hpp"
#include "search/metric.hpp"
#include "search/text_table.hpp"
#include "search/values.hpp"

namespace vedette::store::search {

using model::Metric;
using model::Value;

namespace {

// Calls visit(group, element, index) for elements that are not null; skips pairs of group and dictionary
// value that came a moment ago.
class ElementReader {
 public:
  base::Status open(Block& block, model::FieldId field) {
    TRY_ASSIGN(reader_, FieldReader::open(block, field));
    const bool dictionary =
        reader_.kind() == FieldReader::Kind::column && reader_.column()->form == Column::Form::dictionary;
    codes_ = dictionary ? reader_.column() : nullptr;
    seen_.assign(dictionary ? kSeen : 0, ~0ULL);
    return base::ok_status();
  }

  // For metrics to which a value that comes again is nothing new.
  template <typename Visit>
  void for_each_new(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups, Visit visit) {
    if (reader_.kind() == FieldReader::Kind::absent) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (codes_ && came_before(rows[i], groups[i])) continue;
      visit_row(i, rows[i], groups[i], visit);
    }
  }

  template <typename Visit>
  void for_each(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups, Visit visit) {
    if (reader_.kind() == FieldReader::Kind::absent) return;
    for (std::size_t i = 0; i < rows.size(); ++i) visit_row(i, rows[i], groups[i], visit);
  }

 private:
  static constexpr std::size_t kSeen = 8192;

  bool came_before(std::uint32_t row, std::uint32_t group) {
    const std::uint16_t code = codes_->codes.empty() ? std::uint16_t{0} : codes_->codes[row];
    const std::uint64_t pair = std::uint64_t{group} << 16 | code;
    std::uint64_t& slot = seen_[(pair * 0x9e37'79b9'7f4a'7c15ULL) >> 51];
    if (slot == pair) return true;
    slot = pair;
    return false;
  }

  template <typename Visit>
  void visit_row(std::size_t i, std::uint32_t row, std::uint32_t group, Visit& visit) {
    const Value* value = reader_.find(row);
    if (!value) return;
    std::uint32_t index = 0;
    for (const Value& element : value->elements()) {
      if (!element.is_null()) visit(i, group, element, index);
      ++index;
    }
  }

  FieldReader reader_;
  const Column* codes_ = nullptr;
  std::vector<std::uint64_t> seen_;
};

class ExactDistinct : public MetricStates {
 public:
  explicit ExactDistinct(model::FieldId field) : field_(field) {}
  base::Status open(Block& block, std::uint32_t) override { return reader_.open(block, field_); }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    model::TextBuffer buffer;
    reader_.for_each_new(rows, groups,
                         [&](std::size_t, std::uint32_t group, const Value& element, std::uint32_t) {
                           const std::string_view text = text_of(element, buffer);
                           insert(group, text, base::hash64(text));
                         });
  }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<ExactDistinct&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (std::size_t at = 0; at < from[i].size(); ++at)
        insert(groups[i], from[i][at].text, from[i][at].hash);
    }
  }
  std::uint64_t bytes() const override {
    return states_.capacity() * sizeof(TextTable) + arena_.bytes_reserved() + table_bytes_;
  }
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    return Value::integer(static_cast<std::int64_t>(states_[group].size()));
  }

 private:
  void insert(std::uint32_t group, std::string_view text, std::uint64_t hash) {
    TextTable& table = states_[group];
    if (table.find(text, hash) != TextTable::kNone) return;
    const std::uint64_t before = table.bytes();
    table.insert_new(text, hash, arena_);
    table_bytes_ += table.bytes() - before;
  }

  model::FieldId field_;
  ElementReader reader_;
  base::Arena arena_;
  std::vector<TextTable> states_;
  std::uint64_t table_bytes_ = 0;
};

class ApproximateDistinct : public MetricStates {
 public:
  explicit ApproximateDistinct(model::FieldId field) : field_(field) {}
  base::Status open(Block& block, std::uint32_t) override { return reader_.open(block, field_); }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    model::TextBuffer buffer;
    reader_.for_each_new(rows, groups,
                         [&](std::size_t, std::uint32_t group, const Value& element, std::uint32_t) {
                           HyperLogLog& state = states_[group];
                           const std::uint64_t before = state.bytes();
                           state.add(base::hash64(text_of(element, buffer)));
                           sketch_bytes_ += state.bytes() - before;
                         });
  }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<ApproximateDistinct&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      HyperLogLog& state = states_[groups[i]];
      const std::uint64_t before = state.bytes();
      state.merge(from[i]);
      sketch_bytes_ += state.bytes() - before;
    }
  }
  std::uint64_t bytes() const override { return states_.capacity() * sizeof(HyperLogLog) + sketch_bytes_; }
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    return Value::integer(static_cast<std::int64_t>(states_[group].estimate()));
  }
  bool approximate() const override { return true; }

 private:
  model::FieldId field_;
  ElementReader reader_;
  std::vector<HyperLogLog> states_;
  std::uint64_t sketch_bytes_ = 0;
};

// The distinct values first seen by time, at most `limit`.
class FirstValues : public MetricStates {
 public:
  FirstValues(model::FieldId field, std::uint64_t limit) : field_(field), limit_(limit) {}

  base::Status open(Block& block, std::uint32_t) override {
    TRY_ASSIGN(times_, block.times());
    TRY_ASSIGN(sequences_, block.sequences());
    return reader_.open(block, field_);
  }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    model::TextBuffer buffer;
    reader_.for_each(rows, groups,
                     [&](std::size_t i, std::uint32_t group, const Value& element, std::uint32_t index) {
                       const Sight sight{times_[rows[i]], sequences_[rows[i]], index};
                       insert(states_[group], text_of(element, buffer), sight, element);
                     });
  }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    auto& from = static_cast<FirstValues&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const auto& [text, known] : from[i].known) {
        insert(states_[groups[i]], text, known.sight, known.value.view());
      }
    }
  }
  std::uint64_t bytes() const override { return states_.capacity() * sizeof(State) + value_bytes_; }

  std::optional<Value> result(std::size_t group, base::Arena& arena) override {
    State& state = states_[group];
    drop_last(state);
    std::vector<const Known*> order;
    for (const auto& [text, known] : state.known) order.push_back(&known);
    if (order.empty()) return std::nullopt;
    std::sort(order.begin(), order.end(), [](const Known* a, const Known* b) { return a->sight < b->sight; });
    const auto items = arena.allocate_array<Value>(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) items[i] = copy_value(order[i]->value.view(), arena);
    return Value::list(items);
  }

 private:
  struct Sight {
    base::TimeNs time;
    std::uint64_t sequence;
    std::uint32_t index;
    auto operator<=>(const Sight&) const = default;
  };
  struct Known {
    Sight sight;
    OwnedValue value;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return base::hash64(text); }
  };
  struct State {
    std::unordered_map<std::string, Known, Hash, std::equal_to<>> known;
  };
  static std::uint64_t bytes_of_entry(std::string_view text) { return sizeof(Known) + 96 + text.size() * 2; }

  void insert(State& state, std::string_view text, const Sight& sight, const Value& value) {
    const auto found = state.known.find(text);
    if (found != state.known.end()) {
      if (sight < found->second.sight) found->second = {sight, OwnedValue(value)};
      return;
    }
    state.known.emplace(std::string(text), Known{sight, OwnedValue(value)});
    value_bytes_ += bytes_of_entry(text);
    if (state.known.size() / 2 > limit_) drop_last(state);
  }

  // A value that goes has `limit` others before it; should it turn up earlier, it comes in again.
  void drop_last(State& state) {
    if (state.known.size() <= limit_) return;
    std::vector<Sight> sights;
    for (const auto& [text, known] : state.known) sights.push_back(known.sight);
    const auto first_out = sights.begin() + static_cast<std::ptrdiff_t>(limit_);
    std::nth_element(sights.begin(), first_out, sights.end());
    const Sight bound = *first_out;
    for (auto at = state.known.begin(); at != state.known.end();) {
      if (at->second.sight < bound) {
        ++at;
        continue;
      }
      value_bytes_ -= bytes_of_entry(at->first);
      at = state.known.erase(at);
    }
  }

  model::FieldId field_;
  std::uint64_t limit_;
  ElementReader reader_;
  std::span<const base::TimeNs> times_;
  std::span<const std::uint64_t> sequences_;
  std::vector<State> states_;
  std::uint64_t value_bytes_ = 0;
};

}  // namespace

std::unique_ptr<MetricStates> make_distinct_metric(const GroupPlan::Measure& measure) {
  switch (measure.asked->kind) {
    case Metric::Kind::count_distinct:
      return std::make_unique<ExactDistinct>(measure.field);
    case Metric::Kind::count_distinct_approx:
      return std::make_unique<ApproximateDistinct>(measure.field);
    default:
      return std::make_unique<FirstValues>(measure.field, measure.asked->limit);
  }
}

}  // namespace vedette::store::search
