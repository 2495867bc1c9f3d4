#include <algorithm>
#include <utility>

#include "search/field_reader.hpp"
#include "search/metric.hpp"
#include "search/values.hpp"

namespace vedette::store::search {

using model::Metric;
using model::Value;

namespace {

// The value of the earliest or latest row that has one.
class EndValues : public MetricStates {
 public:
  EndValues(model::FieldId field, bool latest) : field_(field), latest_(latest) {}

  base::Status open(Block& block, std::uint32_t) override {
    TRY_ASSIGN(reader_, FieldReader::open(block, field_));
    TRY_ASSIGN(times_, block.times());
    TRY_ASSIGN(sequences_, block.sequences());
    return base::ok_status();
  }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    if (reader_.kind() == FieldReader::Kind::absent) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      State& state = states_[groups[i]];
      const base::TimeNs time = times_[rows[i]];
      const std::uint64_t sequence = sequences_[rows[i]];
      if (!better(state, time, sequence)) continue;
      const Value* value = reader_.find(rows[i]);
      if (value && has_content(*value)) take(state, time, sequence, *value);
    }
  }

  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    auto& from = static_cast<EndValues&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      State& state = states_[groups[i]];
      if (from[i].items.empty() || !better(state, from[i].time, from[i].sequence)) continue;
      value_bytes_ -= bytes_of_items(state);
      state = std::move(from[i]);
      value_bytes_ += bytes_of_items(state);
    }
  }

  std::uint64_t bytes() const override { return states_.capacity() * sizeof(State) + value_bytes_; }

  std::optional<Value> result(std::size_t group, base::Arena& arena) override {
    const State& state = states_[group];
    if (state.items.empty()) return std::nullopt;
    if (!state.list) return copy_value(state.items[0].view(), arena);
    const auto items = arena.allocate_array<Value>(state.items.size());
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = copy_value(state.items[i].view(), arena);
    return Value::list(items);
  }

 private:
  struct State {
    base::TimeNs time = 0;
    std::uint64_t sequence = 0;
    std::vector<OwnedValue> items;  // none: no value yet
    bool list = false;
  };

  bool better(const State& state, base::TimeNs time, std::uint64_t sequence) const {
    if (state.items.empty()) return true;
    const std::pair now(time, sequence), known(state.time, state.sequence);
    return latest_ ? now > known : now < known;
  }
  void take(State& state, base::TimeNs time, std::uint64_t sequence, const Value& value) {
    value_bytes_ -= bytes_of_items(state);
    state.time = time;
    state.sequence = sequence;
    state.list = value.is_list();
    state.items.clear();
    for (const Value& item : value.elements()) state.items.emplace_back(item);
    value_bytes_ += bytes_of_items(state);
  }
  static std::uint64_t bytes_of_items(const State& state) {
    std::uint64_t total = 0;
    for (const OwnedValue& item : state.items) total += item.bytes();
    return total;
  }

  model::FieldId field_;
  bool latest_;
  FieldReader reader_;
  std::span<const base::TimeNs> times_;
  std::span<const std::uint64_t> sequences_;
  std::vector<State> states_;
  std::uint64_t value_bytes_ = 0;
};

class TopRows : public MetricStates {
 public:
  TopRows(const SortPlan& sort, std::uint64_t limit) : sort_(sort), limit_(limit) {}

  base::Status open(Block& block, std::uint32_t block_number) override {
    TRY_ASSIGN(KeyReader keys, KeyReader::open(block, sort_));
    keys_.emplace(std::move(keys));
    block_number_ = block_number;
    return base::ok_status();
  }
  void resize(std::size_t groups) override {
    while (states_.size() < groups) states_.emplace_back(sort_, no_cursor_, limit_);
  }
  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RowCollector& state = states_[groups[i]];
      bytes_ -= state.bytes();
      state.offer(keys_->read(rows[i]), block_number_, rows[i]);
      bytes_ += state.bytes();
    }
  }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    auto& from = static_cast<TopRows&>(other).states_;
    std::vector<Value> keys;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      RowCollector& state = states_[groups[i]];
      bytes_ -= state.bytes();
      for (const Candidate& row : from[i].take()) {
        keys.clear();
        for (const OwnedValue& key : row.keys) keys.push_back(key.view());
        state.offer({keys, row.time, row.sequence}, row.block, row.row);
      }
      bytes_ += state.bytes();
    }
  }
  std::uint64_t bytes() const override {
    return states_.capacity() * sizeof(RowCollector) + static_cast<std::uint64_t>(bytes_);
  }
  std::optional<Value> result(std::size_t, base::Arena&) override { return std::nullopt; }
  std::vector<Candidate> top_rows(std::size_t group) override {
    std::vector<Candidate> rows = states_[group].take();
    std::sort(rows.begin(), rows.end(),
              [&](const Candidate& a, const Candidate& b) { return sort_.compare(a, b) < 0; });
    return rows;
  }

 private:
  const SortPlan& sort_;
  const std::optional<Cursor> no_cursor_;
  std::uint64_t limit_;
  std::optional<KeyReader> keys_;
  std::uint32_t block_number_ = 0;
  std::vector<RowCollector> states_;
  std::int64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<MetricStates> make_row_metric(const GroupPlan::Measure& measure) {
  if (measure.asked->kind == Metric::Kind::top_rows) {
    return std::make_unique<TopRows>(*measure.sort, measure.asked->limit);
  }
  return std::make_unique<EndValues>(measure.field, measure.asked->kind == Metric::Kind::last);
}

}  // namespace vedette::store::search
