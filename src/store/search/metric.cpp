#include "search/metric.hpp"

#include "search/field_reader.hpp"

namespace vedette::store::search {

using model::Metric;
using model::Value;

namespace {

class Count : public MetricStates {
 public:
  void resize(std::size_t groups) override { counts_.resize(groups); }
  void add(std::span<const std::uint32_t>, std::span<const std::uint32_t> groups) override {
    for (const std::uint32_t group : groups) ++counts_[group];
  }
  void add_count(std::size_t group, std::uint64_t rows) override { counts_[group] += rows; }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<Count&>(other).counts_;
    for (std::size_t i = 0; i < groups.size(); ++i) counts_[groups[i]] += from[i];
  }
  std::uint64_t bytes() const override { return counts_.capacity() * 8; }
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    return Value::integer(static_cast<std::int64_t>(counts_[group]));
  }

 protected:
  std::vector<std::uint64_t> counts_;
};

class ValueCount : public Count {
 public:
  explicit ValueCount(model::FieldId field) : field_(field) {}
  base::Status open(Block& block, std::uint32_t) override {
    TRY_ASSIGN(reader_, FieldReader::open(block, field_));
    return base::ok_status();
  }
  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Value* value = reader_.find(rows[i]);
      if (!value) continue;
      for (const Value& element : value->elements()) counts_[groups[i]] += !element.is_null();
    }
  }

 private:
  model::FieldId field_;
  FieldReader reader_;
};

}  // namespace

std::unique_ptr<MetricStates> make_metric(const GroupPlan::Measure& measure) {
  switch (measure.asked->kind) {
    case Metric::Kind::count:
      return std::make_unique<Count>();
    case Metric::Kind::value_count:
      return std::make_unique<ValueCount>(measure.field);
    case Metric::Kind::count_distinct:
    case Metric::Kind::count_distinct_approx:
    case Metric::Kind::values:
      return make_distinct_metric(measure);
    case Metric::Kind::sum:
    case Metric::Kind::avg:
    case Metric::Kind::min:
    case Metric::Kind::max:
    case Metric::Kind::variance:
    case Metric::Kind::percentile:
      return make_number_metric(measure);
    case Metric::Kind::first:
    case Metric::Kind::last:
    case Metric::Kind::top_rows:
      break;
  }
  return make_row_metric(measure);
}

}  // namespace vedette::store::search
