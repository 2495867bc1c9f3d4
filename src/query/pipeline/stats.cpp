// stats, top and rare on rows: a hash table of groups, bounded by the limits of the run.
#include <algorithm>
#include <unordered_map>

#include "../functions/functions.hpp"
#include "aggregate.hpp"
#include "expression.hpp"
#include "stage.hpp"
#include "vedette/expr/order.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::size_t kGroupBytes = 160;

class Stats : public Operator {
 public:
  struct Metric {
    model::FieldId column{};
    AggregateKind kind;
    Evaluate argument;  // none for count()
  };
  struct Key {
    model::FieldId column{};
    Evaluate value;
  };
  Stats(std::vector<Key> keys, std::vector<Metric> metrics, RunState& state)
      : keys_(std::move(keys)), metrics_(std::move(metrics)), state_(state) {}

  Flow push(const Batch& batch) override {
    for (std::size_t i = 0; i < batch->size() && !full_; ++i) add((*batch)[i]);
    return full_ ? Flow::stop : Flow::more;
  }

  void finish() override {
    if (keys_.empty() && groups_.empty()) open_group("", {});
    RowWriter writer;
    for (const Group* group : ordered()) {
      writer.begin_empty();
      for (std::size_t k = 0; k < keys_.size(); ++k) {
        writer.add(keys_[k].column, copy_value(group->keys[k], writer.arena()));
      }
      for (std::size_t m = 0; m < metrics_.size(); ++m) {
        writer.add(metrics_[m].column, group->metrics[m]->result(writer.arena()));
        state_.approximate |= group->metrics[m]->approximate();
      }
      writer.end();
      if (writer.rows() == kBatchRows && emit(writer.finish()) == Flow::stop) break;
    }
    emit(writer.finish());
    groups_.clear();
    state_.release(held_);
    next_->finish();
  }

 private:
  struct Group {
    std::vector<Value> keys;
    std::vector<std::unique_ptr<Accumulator>> metrics;
  };

  bool hold(std::size_t bytes) {
    held_ += bytes;
    if (!state_.hold(bytes, "stats")) full_ = true;
    return !full_;
  }

  // Nullptr, and the run is cut, if there may be no more groups.
  Group* open_group(const std::string& text, std::span<const Value> keys) {
    const std::uint64_t most = state_.options->limits.max_groups;
    if (groups_.size() >= most) {
      state_.cut_at(model::Cut::groups, "stats found more than " + std::to_string(most) +
                                            " groups; rows of further groups were left out");
      return nullptr;
    }
    if (!hold(kGroupBytes + 2 * text.size() + metrics_.size() * 64)) return nullptr;
    Group& group = groups_[text];
    for (const Value& key : keys) group.keys.push_back(copy_value(key, arena_));
    for (const Metric& metric : metrics_) group.metrics.push_back(metric.kind.make(metric.kind));
    return &group;
  }

  // The distinct values of each key; false if there is one without.
  bool read_keys(EvalRow& row) {
    choices_.resize(keys_.size());
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      choices_[k].clear();
      const Value value = keys_[k].value(row);
      for (const Value& item : value.elements()) {
        if (item.is_null() || (value.is_list() && repeated(choices_[k], item))) continue;
        choices_[k].push_back(item);
      }
      if (choices_[k].empty()) return false;
    }
    return true;
  }
  static bool repeated(const std::vector<Value>& before, const Value& item) {
    model::TextBuffer buffer_a, buffer_b;
    const std::string_view text = model::text_of(item, buffer_a);
    return std::any_of(before.begin(), before.end(),
                       [&](const Value& other) { return model::text_of(other, buffer_b) == text; });
  }

  void add(const model::Event& event) {
    row_arena_.clear();
    EvalRow row{event, {}, row_arena_, scratch_};
    if (!read_keys(row)) return;
    values_.clear();
    for (const Metric& metric : metrics_) {
      values_.push_back(metric.argument ? metric.argument(row) : Value::null());
    }
    combine(0, event);
  }

  // Every combination of one value a key.
  void combine(std::size_t k, const model::Event& event) {
    if (full_) return;
    if (k == keys_.size()) return add_to_group(event);
    chosen_.resize(keys_.size());
    for (const Value& value : choices_[k]) {
      chosen_[k] = value;
      combine(k + 1, event);
    }
  }

  void add_to_group(const model::Event& event) {
    text_.clear();
    for (const Value& key : chosen_) {
      model::TextBuffer buffer;
      const std::string_view part = model::text_of(key, buffer);
      text_ += std::to_string(part.size());
      text_ += ':';
      text_ += part;
    }
    const auto it = groups_.find(text_);
    Group* group = it != groups_.end() ? &it->second : open_group(text_, chosen_);
    if (!group) return;
    std::size_t grown = 0;
    for (std::size_t m = 0; m < metrics_.size(); ++m) grown += group->metrics[m]->add(values_[m], event);
    if (grown > 0) hold(grown);
  }

  std::vector<const Group*> ordered() const {
    std::vector<const Group*> all;
    for (const auto& [text, group] : groups_) all.push_back(&group);
    std::sort(all.begin(), all.end(), [&](const Group* a, const Group* b) {
      for (std::size_t k = 0; k < keys_.size(); ++k) {
        const auto order = expr::compare_values(a->keys[k], b->keys[k]);
        if (order != 0) return order < 0;
      }
      return false;
    });
    return all;
  }

  std::vector<Key> keys_;
  std::vector<Metric> metrics_;
  RunState& state_;
  std::unordered_map<std::string, Group> groups_;
  base::Arena arena_;
  std::uint64_t held_ = 0;
  bool full_ = false;
  // Of the row at hand.
  base::Arena row_arena_;
  expr::Scratch scratch_;
  std::vector<std::vector<Value>> choices_;
  std::vector<Value> chosen_, values_;
  std::string text_;
};

// The first rows of each combination of fields whose rows stand side by side.
class FirstOfEach : public Operator {
 public:
  FirstOfEach(const std::vector<std::string>& by, std::uint64_t rows) : rows_(rows) {
    for (const std::string& field : by) by_.push_back(model::intern(field));
  }
  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      std::string key;
      for (const model::FieldId field : by_) {
        model::append_json(key, read_field(event, field, writer_.arena()));
        key += '\x1f';
      }
      if (key != last_) {
        last_ = std::move(key);
        taken_ = 0;
      }
      if (taken_++ < rows_) writer_.add_row(event);
    }
    return emit(writer_.finish());
  }

 private:
  std::vector<model::FieldId> by_;
  std::uint64_t rows_;
  std::uint64_t taken_ = 0;
  std::string last_;
  RowWriter writer_;
};

}  // namespace

Made make_stats(const StatsStage& stage, RunState& state) {
  std::vector<Stats::Key> keys;
  for (const Assignment& by : stage.by) {
    TRY_ASSIGN(Evaluate value, compile(by.value, state));
    keys.push_back({model::intern(by.name), std::move(value)});
  }
  std::vector<Stats::Metric> metrics;
  for (const Aggregate& aggregate : stage.aggregates) {
    TRY_ASSIGN(AggregateKind kind, aggregate_kind(aggregate));
    Evaluate argument;
    if (!aggregate.args.empty()) {
      TRY_ASSIGN(argument, compile(aggregate.args[0], state));
    }
    metrics.push_back({model::intern(aggregate.name), std::move(kind), std::move(argument)});
  }
  return OperatorPtr(std::make_unique<Stats>(std::move(keys), std::move(metrics), state));
}

Made make_first_of_each(std::vector<std::string> by, std::uint64_t rows, RunState&) {
  return OperatorPtr(std::make_unique<FirstOfEach>(by, rows));
}

}  // namespace vedette::query
