#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "search/group_search.hpp"
#include "search/projection.hpp"

namespace vedette::store::search {

using model::GroupTable;
using model::Value;

namespace {

class TableMaker {
 public:
  TableMaker(Context& context, const GroupPlan& plan, Aggregator& groups)
      : context_(context), plan_(plan), groups_(groups), keys_(plan.keys.size()) {}

  GroupTable make() {
    GroupTable table;
    for (const GroupPlan::Key& key : plan_.keys) table.columns.push_back(key.asked->name);
    for (const GroupPlan::Measure& measure : plan_.measures) table.columns.push_back(measure.asked->name);
    table.total_groups = groups_.groups();
    table.total_rows = groups_.rows();
    read_keys();
    choose();
    read_order();
    sort();
    make_rows(table);
    return table;
  }

 private:
  void read_keys() {
    sorted_keys_.reserve(groups_.groups() * keys_);
    for (std::size_t group = 0; group < groups_.groups(); ++group) {
      for (std::size_t k = 0; k < keys_; ++k) {
        sorted_keys_.push_back(groups_.key(group, k).sorted(*plan_.keys[k].asked));
      }
    }
  }

  static int compare(const Value& a, const Value& b, bool descending, bool missing_first) {
    if (a.is_null() || b.is_null()) {
      if (a.is_null() == b.is_null()) return 0;
      return a.is_null() == missing_first ? -1 : 1;
    }
    const auto order = compare_values(a, b);
    return order == 0 ? 0 : (order < 0) != descending ? -1 : 1;
  }

  bool is_after(std::size_t group) const {
    for (std::size_t k = 0; k < plan_.after.size(); ++k) {
      const int order = compare(sorted_keys_[group * keys_ + k], plan_.after[k].view(), false, false);
      if (order != 0) return order > 0;
    }
    return plan_.after.empty();
  }

  void choose() {
    for (std::uint32_t group = 0; group < groups_.groups(); ++group) {
      if (is_after(group)) chosen_.push_back(group);
    }
  }

  void read_order() {
    for (const GroupPlan::Order& order : plan_.order) {
      std::vector<Value>& values = order_values_.emplace_back();
      if (order.of_key) continue;
      values.resize(groups_.groups());
      for (const std::uint32_t group : chosen_) {
        values[group] = groups_.metric(order.index).sorted(group, arena_).value_or(Value::null());
      }
    }
  }

  bool before(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t i = 0; i < plan_.order.size(); ++i) {
      const GroupPlan::Order& order = plan_.order[i];
      const Value& of_a = order.of_key ? sorted_keys_[a * keys_ + order.index] : order_values_[i][a];
      const Value& of_b = order.of_key ? sorted_keys_[b * keys_ + order.index] : order_values_[i][b];
      if (const int found = compare(of_a, of_b, order.descending, order.missing_first)) return found < 0;
    }
    for (std::size_t k = 0; k < keys_; ++k) {
      const int found = compare(sorted_keys_[a * keys_ + k], sorted_keys_[b * keys_ + k], false, false);
      if (found) return found < 0;
    }
    return false;
  }

  void sort() {
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return before(a, b); };
    const auto limit =
        static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(plan_.asked->limit, chosen_.size()));
    std::partial_sort(chosen_.begin(), chosen_.begin() + limit, chosen_.end(), less);
    chosen_.resize(static_cast<std::size_t>(limit));
  }

  void make_rows(GroupTable& table) {
    model::BatchBuilder builder(std::make_shared<const model::Source>());
    for (const std::uint32_t group : chosen_) {
      builder.begin_row(0);
      for (std::size_t k = 0; k < keys_; ++k) add_key(builder, group, k);
      for (std::size_t m = 0; m < plan_.measures.size(); ++m) {
        const auto value = groups_.metric(m).result(group, builder.arena());
        if (value) builder.add(model::intern(plan_.measures[m].asked->name), *value);
      }
      builder.end_row();
    }
    table.rows = builder.finish();
    for (std::size_t m = 0; m < plan_.measures.size(); ++m) {
      if (plan_.measures[m].asked->kind == model::Metric::Kind::top_rows) add_top_rows(table, m);
    }
  }

  void add_key(model::BatchBuilder& builder, std::uint32_t group, std::size_t k) {
    const model::GroupKey& asked = *plan_.keys[k].asked;
    const KeyValue key = groups_.key(group, k);
    if (key.tag == KeyValue::Tag::missing) return;
    const model::FieldId column = model::intern(asked.name);
    if (key.tag == KeyValue::Tag::time && column == model::field::timestamp) {
      builder.set_time(key.value.as_integer());
    }
    builder.add(column, key.shown(asked, builder.arena()));
  }

  // Reads the rows block by block, then puts them together group by group.
  void add_top_rows(GroupTable& table, std::size_t metric) {
    struct Place {
      std::uint32_t block, row;  // row: within the rows wanted of the block
    };
    std::vector<std::vector<Place>> places;
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> wanted;
    for (const std::uint32_t group : chosen_) {
      auto& own = places.emplace_back();
      for (const Candidate& row : groups_.metric(metric).top_rows(group)) {
        auto& rows = wanted[row.block];
        own.push_back({row.block, static_cast<std::uint32_t>(rows.size())});
        rows.push_back(row.row);
      }
    }
    const auto batches = read_blocks(wanted, plan_.measures[metric].asked->fields);
    for (const auto& own : places) {
      std::vector<std::shared_ptr<const model::EventBatch>> found;
      const model::RowSink keep = [&](const auto& batch) {
        found.push_back(batch);
        return true;
      };
      RowEmitter emitter(keep, RowEmitter::Batches::one);
      for (const Place& place : own) {
        const auto batch = batches.find(place.block);
        if (batch != batches.end()) emitter.add(batch->second, place.row);
      }
      emitter.flush();
      if (found.empty())
        found.push_back(model::BatchBuilder(std::make_shared<const model::Source>()).finish());
      table.top_rows.push_back(found[0]);
    }
  }

  std::unordered_map<std::uint32_t, std::shared_ptr<const model::EventBatch>> read_blocks(
      const std::unordered_map<std::uint32_t, std::vector<std::uint32_t>>& wanted,
      const std::vector<std::string>& fields) {
    const Projection projection(fields);
    std::vector<std::uint32_t> blocks;
    for (const auto& [block, rows] : wanted) blocks.push_back(block);
    std::vector<std::shared_ptr<const model::EventBatch>> read(blocks.size());
    context_.pool.run(blocks.size(), [&](std::size_t item, std::size_t) {
      read[item] = context_.read_rows(context_.blocks()[blocks[item]], wanted.at(blocks[item]), projection);
    });
    std::unordered_map<std::uint32_t, std::shared_ptr<const model::EventBatch>> batches;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (read[i]) batches.emplace(blocks[i], read[i]);
    }
    return batches;
  }

  Context& context_;
  const GroupPlan& plan_;
  Aggregator& groups_;
  std::size_t keys_;
  base::Arena arena_;
  std::vector<Value> sorted_keys_;  // of all groups, group by group
  std::vector<std::vector<Value>> order_values_;
  std::vector<std::uint32_t> chosen_;
};

}  // namespace

GroupTable make_group_table(Context& context, const GroupPlan& plan, Aggregator& groups) {
  return TableMaker(context, plan, groups).make();
}

}  // namespace vedette::store::search
