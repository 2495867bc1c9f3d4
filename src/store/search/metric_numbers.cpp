#include <algorithm>
#include <cmath>

#include "search/field_reader.hpp"
#include "search/metric.hpp"
#include "search/tdigest.hpp"
#include "search/values.hpp"
#include "vedette/base/time.hpp"

namespace vedette::store::search {

using model::Metric;
using model::Value;
using model::ValueKind;

namespace {

__extension__ using Wide = __int128;

// States of type State with `void add(const Value& number)` and `void merge(State& later)`.
template <typename State>
class NumberStates : public MetricStates {
 public:
  explicit NumberStates(model::FieldId field) : field_(field) {}

  base::Status open(Block& block, std::uint32_t) override {
    TRY_ASSIGN(reader_, FieldReader::open(block, field_));
    return base::ok_status();
  }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    if (reader_.kind() == FieldReader::Kind::absent || reader_.kind() == FieldReader::Kind::time) return;
    Value number;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Value* value = reader_.find(rows[i]);
      if (!value) continue;
      for (const Value& element : value->elements()) {
        if (as_number(element, number)) states_[groups[i]].add(number);
      }
    }
  }

  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    auto& from = static_cast<NumberStates&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) states_[groups[i]].merge(from[i]);
  }
  std::uint64_t bytes() const override { return states_.capacity() * sizeof(State); }

 protected:
  model::FieldId field_;
  FieldReader reader_;
  std::vector<State> states_;
};

double real_of(const Value& number) {
  return number.kind() == ValueKind::integer ? static_cast<double>(number.as_integer()) : number.as_real();
}

// Integers are added exactly, reals with Neumaier's compensation.
struct Sum {
  Wide integers = 0;
  double reals = 0, lost = 0;
  std::uint64_t count = 0;
  bool any_real = false;

  void add(const Value& number) {
    ++count;
    if (number.kind() == ValueKind::integer) {
      integers += number.as_integer();
    } else {
      add_real(number.as_real());
    }
  }
  void add_real(double value) {
    any_real = true;
    const double sum = reals + value;
    if (std::isfinite(sum)) {
      lost += std::abs(reals) >= std::abs(value) ? (reals - sum) + value : (value - sum) + reals;
    }
    reals = sum;
  }
  void merge(const Sum& later) {
    count += later.count;
    integers += later.integers;
    if (!later.any_real) return;
    add_real(later.reals);
    lost += later.lost;
  }
  double total() const { return static_cast<double>(integers) + (reals + lost); }
};

class SumStates : public NumberStates<Sum> {
 public:
  SumStates(model::FieldId field, bool average) : NumberStates(field), average_(average) {}
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    const Sum& sum = states_[group];
    if (sum.count == 0) return std::nullopt;
    if (average_) return Value::real(sum.total() / static_cast<double>(sum.count));
    if (!sum.any_real && sum.integers >= INT64_MIN && sum.integers <= INT64_MAX) {
      return Value::integer(static_cast<std::int64_t>(sum.integers));
    }
    return Value::real(sum.total());
  }

 private:
  bool average_;
};

// Welford's method; merged as by Chan et al.
struct Spread {
  double count = 0, mean = 0, squares = 0;

  void add(const Value& number) {
    const double value = real_of(number);
    ++count;
    const double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  void merge(const Spread& later) {
    if (later.count == 0) return;
    const double delta = later.mean - mean, both = count + later.count;
    squares += later.squares + delta * delta * (count / both) * later.count;
    mean += delta * (later.count / both);
    count = both;
  }
};

class VarianceStates : public NumberStates<Spread> {
 public:
  using NumberStates::NumberStates;
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    const Spread& spread = states_[group];
    if (spread.count == 0) return std::nullopt;
    return Value::real(spread.squares / spread.count);
  }
};

constexpr std::size_t kExactValues = 10'000;

struct Quantiles {
  std::vector<double> values;
  std::unique_ptr<TDigest> digest;

  void add(const Value& number) {
    const double value = real_of(number);
    if (!std::isfinite(value)) return;
    if (digest) return digest->add(value);
    values.push_back(value);
    if (values.size() > kExactValues) to_digest();
  }
  void to_digest() {
    digest = std::make_unique<TDigest>();
    for (const double value : values) digest->add(value);
    std::vector<double>().swap(values);
  }
  void merge(Quantiles& later) {
    if (!digest && (later.digest || values.size() + later.values.size() > kExactValues)) to_digest();
    if (later.digest) return digest->merge(*later.digest);
    for (const double value : later.values) digest ? digest->add(value) : values.push_back(value);
  }
  std::optional<double> at(double percent) {
    if (digest) return digest->quantile(percent / 100);
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    const double rank = percent / 100 * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (rank - static_cast<double>(below));
  }
};

class PercentileStates : public NumberStates<Quantiles> {
 public:
  PercentileStates(model::FieldId field, double percent) : NumberStates(field), percent_(percent) {}
  std::optional<Value> result(std::size_t group, base::Arena&) override {
    const auto value = states_[group].at(percent_);
    if (!value) return std::nullopt;
    return Value::real(*value);
  }
  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    NumberStates::add(rows, groups);
    added_ += rows.size();
  }
  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    NumberStates::merge(other, groups);
    added_ += static_cast<PercentileStates&>(other).added_;
  }
  // An upper bound (lists aside): a number a row, and no more than the exact values of each group.
  std::uint64_t bytes() const override {
    return NumberStates::bytes() +
           std::min(added_ * 16, static_cast<std::uint64_t>(states_.size()) * kExactValues * 16);
  }
  bool approximate() const override {
    return std::any_of(states_.begin(), states_.end(),
                       [](const Quantiles& state) { return state.digest != nullptr; });
  }

 private:
  double percent_;
  std::uint64_t added_ = 0;
};

// Of numbers if there are any, else of texts.
class ExtremeStates : public MetricStates {
 public:
  ExtremeStates(model::FieldId field, bool greatest)
      : field_(field), greatest_(greatest), is_time_(field == model::field::timestamp) {}

  base::Status open(Block& block, std::uint32_t) override {
    TRY_ASSIGN(reader_, FieldReader::open(block, field_));
    return base::ok_status();
  }
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> groups) override {
    if (is_time_) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const base::TimeNs time = reader_.times()[rows[i]];
        if (time != 0) offer(states_[groups[i]], Value::integer(time));
      }
      return;
    }
    Value number;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Value* value = reader_.find(rows[i]);
      if (!value) continue;
      for (const Value& element : value->elements()) {
        if (as_number(element, number)) {
          offer(states_[groups[i]], number);
        } else if (element.is_string()) {
          offer(states_[groups[i]], element);
        }
      }
    }
  }

  void merge(MetricStates& other, std::span<const std::uint32_t> groups) override {
    auto& from = static_cast<ExtremeStates&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) offer(states_[groups[i]], from[i].view());
  }

  std::uint64_t bytes() const override { return states_.capacity() * sizeof(OwnedValue) + text_bytes_; }

  std::optional<Value> result(std::size_t group, base::Arena& arena) override {
    const auto found = sorted(group, arena);
    if (!found || !is_time_) return found;
    return KeyValue{KeyValue::Tag::time, *found}.shown({}, arena);
  }
  std::optional<Value> sorted(std::size_t group, base::Arena& arena) override {
    const Value found = states_[group].view();
    if (found.is_null()) return std::nullopt;
    return copy_value(found, arena);
  }

 private:
  void offer(OwnedValue& state, const Value& value) {
    if (value.is_null() || !better(state.view(), value)) return;
    text_bytes_ += value.is_string() ? value.as_string().size() : 0;
    text_bytes_ -= std::min<std::uint64_t>(text_bytes_, state.text.size());
    state = OwnedValue(value);
  }
  bool better(const Value& known, const Value& value) const {
    if (known.is_null()) return true;
    if (known.is_string() != value.is_string()) return known.is_string();
    const auto order = compare_values(value, known);
    if (order == 0) return value.kind() < known.kind();  // 5 rather than 5.0
    return greatest_ ? order > 0 : order < 0;
  }

  model::FieldId field_;
  bool greatest_, is_time_;
  FieldReader reader_;
  std::vector<OwnedValue> states_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace

std::unique_ptr<MetricStates> make_number_metric(const GroupPlan::Measure& measure) {
  switch (measure.asked->kind) {
    case Metric::Kind::sum:
      return std::make_unique<SumStates>(measure.field, false);
    case Metric::Kind::avg:
      return std::make_unique<SumStates>(measure.field, true);
    case Metric::Kind::variance:
      return std::make_unique<VarianceStates>(measure.field);
    case Metric::Kind::percentile:
      return std::make_unique<PercentileStates>(measure.field, measure.asked->argument);
    default:
      return std::make_unique<ExtremeStates>(measure.field, measure.asked->kind == Metric::Kind::max);
  }
}

}  // namespace vedette::store::search
