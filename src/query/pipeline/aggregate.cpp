#include "aggregate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "../functions/functions.hpp"
#include "quantiles.hpp"
#include "row.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/expr/order.hpp"

namespace vedette::query {
namespace {

using model::Value;
using model::ValueKind;

constexpr std::size_t kNodeBytes = 64;  // of a hash table's entry, about

template <typename Visit>
void each_value(const Value& value, Visit visit) {
  for (const Value& item : value.elements()) {
    if (!item.is_null()) visit(item);
  }
}

std::string text(const Value& value) {
  model::TextBuffer buffer;
  return std::string(model::text_of(value, buffer));
}

class CountRows : public Accumulator {
 public:
  std::size_t add(const Value&, const model::Event&) override { return static_cast<void>(++rows_), 0; }
  Value result(base::Arena&) override { return Value::integer(rows_); }

 private:
  std::int64_t rows_ = 0;
};

class CountValues : public Accumulator {
 public:
  std::size_t add(const Value& value, const model::Event&) override {
    each_value(value, [&](const Value&) { ++values_; });
    return 0;
  }
  Value result(base::Arena&) override { return Value::integer(values_); }

 private:
  std::int64_t values_ = 0;
};

class DistinctExact : public Accumulator {
 public:
  std::size_t add(const Value& value, const model::Event&) override {
    std::size_t grown = 0;
    each_value(value, [&](const Value& item) {
      const auto [it, fresh] = seen_.insert(text(item));
      if (fresh) grown += kNodeBytes + it->size();
    });
    return grown;
  }
  Value result(base::Arena&) override { return Value::integer(static_cast<std::int64_t>(seen_.size())); }

 private:
  std::unordered_set<std::string> seen_;
};

// HyperLogLog with 2^14 registers; the hashes themselves as long as they are few.
class DistinctApprox : public Accumulator {
 public:
  std::size_t add(const Value& value, const model::Event&) override {
    std::size_t grown = 0;
    each_value(value, [&](const Value& item) {
      model::TextBuffer buffer;
      const std::uint64_t hash = base::hash64(model::text_of(item, buffer));
      if (!registers_.empty()) return set(hash);
      if (few_.insert(hash).second) grown += 32;
      if (few_.size() <= kFew) return;
      registers_.resize(kRegisters);
      grown += kRegisters;
      for (const std::uint64_t old : few_) set(old);
      few_.clear();
    });
    return grown;
  }
  Value result(base::Arena&) override {
    if (registers_.empty()) return Value::integer(static_cast<std::int64_t>(few_.size()));
    double sum = 0;
    int zeros = 0;
    for (const std::uint8_t rank : registers_) {
      sum += std::ldexp(1.0, -rank);
      zeros += rank == 0 ? 1 : 0;
    }
    constexpr double kCount = kRegisters;
    double estimate = 0.7213 / (1 + 1.079 / kCount) * kCount * kCount / sum;
    if (estimate <= 2.5 * kCount && zeros > 0) estimate = kCount * std::log(kCount / zeros);
    return Value::integer(std::llround(estimate));
  }
  bool approximate() const override { return true; }

 private:
  static constexpr std::size_t kRegisters = 1 << 14;
  static constexpr std::size_t kFew = 1024;
  void set(std::uint64_t hash) {
    const std::uint64_t rest = (hash << 14) | (1u << 13);
    auto& rank = registers_[hash >> 50];
    rank = std::max(rank, static_cast<std::uint8_t>(std::countl_zero(rest) + 1));
  }
  std::unordered_set<std::uint64_t> few_;
  std::vector<std::uint8_t> registers_;
};

// sum, avg, variance, stddev of values that are numbers.
class Moments : public Accumulator {
 public:
  enum class What : std::uint8_t { sum, avg, variance, stddev };
  explicit Moments(What what) : what_(what) {}
  std::size_t add(const Value& value, const model::Event&) override {
    each_value(value, [&](const Value& item) {
      double number = 0;
      if (!model::number_of(item, number)) return;
      ++count_;
      const double from_mean = number - mean_;
      mean_ += from_mean / static_cast<double>(count_);
      squares_ += from_mean * (number - mean_);
      sum_ += number;
      const auto integer = item.kind() == ValueKind::integer ? item.as_integer() : 0;
      whole_ &=
          item.kind() == ValueKind::integer && !__builtin_add_overflow(integer_sum_, integer, &integer_sum_);
    });
    return 0;
  }
  Value result(base::Arena&) override {
    if (count_ == 0) return Value::null();
    const double count = static_cast<double>(count_);
    switch (what_) {
      case What::sum:
        return whole_ ? Value::integer(integer_sum_) : Value::real(sum_);
      case What::avg:
        return Value::real(sum_ / count);
      case What::variance:
        return Value::real(squares_ / count);
      case What::stddev:
        return Value::real(std::sqrt(squares_ / count));
    }
    return Value::null();
  }

 private:
  What what_;
  std::uint64_t count_ = 0;
  double sum_ = 0, mean_ = 0, squares_ = 0;
  std::int64_t integer_sum_ = 0;
  bool whole_ = true;
};

// Of numbers if there are any, else of texts; of times where the argument is @timestamp.
class Extreme : public Accumulator {
 public:
  Extreme(bool largest, bool of_time) : largest_(largest), of_time_(of_time) {}
  std::size_t add(const Value& value, const model::Event& event) override {
    if (of_time_) {
      if (event.time() != 0 && (!any_time_ || (event.time() > time_) == largest_)) time_ = event.time();
      any_time_ |= event.time() != 0;
      return 0;
    }
    std::size_t grown = 0;
    each_value(value, [&](const Value& item) {
      double number = 0;
      if (model::number_of(item, number)) {
        if (!any_number_ || (number > number_) == largest_) {
          number_ = number;
          exact_ = item.kind() == ValueKind::integer ? item : number_value(number);
        }
        any_number_ = true;
      } else if (item.is_string() && (!any_text_ || (item.as_string() > text_) == largest_)) {
        if (item.as_string().size() > text_.size()) grown = item.as_string().size() - text_.size();
        text_ = item.as_string();
        any_text_ = true;
      }
    });
    return grown;
  }
  Value result(base::Arena& arena) override {
    if (any_time_) return time_value(time_, arena);
    if (any_number_) return exact_;
    return any_text_ ? Value::string(arena.copy(text_)) : Value::null();
  }

 private:
  bool largest_, of_time_;
  bool any_time_ = false, any_number_ = false, any_text_ = false;
  base::TimeNs time_ = 0;
  double number_ = 0;
  Value exact_;
  std::string text_;
};

class Percentiles : public Accumulator {
 public:
  explicit Percentiles(std::vector<double> ranks) : ranks_(std::move(ranks)) {}
  std::size_t add(const Value& value, const model::Event&) override {
    const std::size_t before = quantiles_.bytes();
    each_value(value, [&](const Value& item) {
      double number = 0;
      if (model::number_of(item, number)) quantiles_.add(number);
    });
    return quantiles_.bytes() - std::min(before, quantiles_.bytes());
  }
  Value result(base::Arena& arena) override {
    if (quantiles_.empty()) return Value::null();
    if (ranks_.size() == 1) return Value::real(quantiles_.at(ranks_[0] / 100));
    auto list = arena.allocate_array<Value>(ranks_.size());
    for (std::size_t i = 0; i < ranks_.size(); ++i) list[i] = Value::real(quantiles_.at(ranks_[i] / 100));
    return Value::list(list);
  }
  bool approximate() const override { return quantiles_.approximate(); }

 private:
  std::vector<double> ranks_;
  Quantiles quantiles_;
};

// A value that outlives its batch.
struct Owned {
  base::Arena arena{256};
  Value value;
  explicit Owned(const Value& from) { value = copy_value(from, arena); }
};

bool earlier(const model::Event& event, base::TimeNs time, std::uint64_t sequence) {
  return event.time() != time ? event.time() < time : event.sequence() < sequence;
}

// Distinct values in order of first sight by time.
class Values : public Accumulator {
 public:
  explicit Values(std::uint64_t limit) : limit_(limit) {}
  std::size_t add(const Value& value, const model::Event& event) override {
    std::size_t grown = 0;
    each_value(value, [&](const Value& item) {
      const auto [it, fresh] = seen_.try_emplace(text(item));
      Seen& seen = it->second;
      if (fresh) {
        grown += kNodeBytes + 2 * it->first.size() + sizeof(Seen);
        seen.value = item;
      }
      if (!fresh && !earlier(event, seen.time, seen.sequence)) return;
      seen.time = event.time();
      seen.sequence = event.sequence();
      seen.order = ++order_;
    });
    return grown;
  }
  Value result(base::Arena& arena) override {
    std::vector<std::pair<const std::string*, const Seen*>> all;
    for (const auto& [key, seen] : seen_) all.emplace_back(&key, &seen);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      const Seen &x = *a.second, &y = *b.second;
      if (x.time != y.time) return x.time < y.time;
      return x.sequence != y.sequence ? x.sequence < y.sequence : x.order < y.order;
    });
    if (all.size() > limit_) all.resize(static_cast<std::size_t>(limit_));
    if (all.empty()) return Value::null();
    auto list = arena.allocate_array<Value>(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Value& value = all[i].second->value;
      list[i] = value.is_string() ? Value::string(arena.copy(*all[i].first)) : value;
    }
    return Value::list(list);
  }

 private:
  struct Seen {
    base::TimeNs time = 0;
    std::uint64_t sequence = 0;
    std::uint64_t order = 0;
    Value value;  // the text is the key of the map
  };
  std::uint64_t limit_;
  std::uint64_t order_ = 0;
  std::unordered_map<std::string, Seen> seen_;
};

// The value of the earliest (latest) row that has one.
class AtEnd : public Accumulator {
 public:
  explicit AtEnd(bool last) : last_(last) {}
  std::size_t add(const Value& value, const model::Event& event) override {
    if (value.is_null() || (value.is_list() && value.as_list().empty())) return 0;
    const bool same = owned_ && event.time() == time_ && event.sequence() == sequence_;
    if (owned_ && (same || earlier(event, time_, sequence_) == last_)) return 0;
    const std::size_t before = owned_ ? bytes_of(owned_->value) : 0;
    owned_ = std::make_unique<Owned>(value);
    time_ = event.time();
    sequence_ = event.sequence();
    return bytes_of(value) - std::min(before, bytes_of(value));
  }
  Value result(base::Arena& arena) override {
    return owned_ ? copy_value(owned_->value, arena) : Value::null();
  }

 private:
  bool last_;
  std::unique_ptr<Owned> owned_;
  base::TimeNs time_ = 0;
  std::uint64_t sequence_ = 0;
};

// The most frequent values, most frequent first, then by their order.
class TopValues : public Accumulator {
 public:
  explicit TopValues(std::uint64_t limit) : limit_(limit) {}
  std::size_t add(const Value& value, const model::Event&) override {
    std::size_t grown = 0;
    each_value(value, [&](const Value& item) {
      const auto [it, fresh] = counts_.try_emplace(text(item), 0, item);
      if (fresh) grown += kNodeBytes + it->first.size();
      ++it->second.first;
    });
    return grown;
  }
  Value result(base::Arena& arena) override {
    std::vector<std::pair<std::uint64_t, Value>> all;
    for (const auto& [key, seen] : counts_) {
      all.emplace_back(seen.first, seen.second.is_string() ? Value::string(key) : seen.second);
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : expr::compare_values(a.second, b.second) < 0;
    });
    if (all.size() > limit_) all.resize(static_cast<std::size_t>(limit_));
    if (all.empty()) return Value::null();
    auto list = arena.allocate_array<Value>(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) list[i] = copy_value(all[i].second, arena);
    return Value::list(list);
  }

 private:
  std::uint64_t limit_;
  std::unordered_map<std::string, std::pair<std::uint64_t, Value>> counts_;
};

using AccumulatorPtr = std::unique_ptr<Accumulator>;
using Kind = AggregateKind;

struct Entry {
  std::string_view name;
  AccumulatorPtr (*make)(const Kind&);
};

template <Moments::What what>
AccumulatorPtr moments(const Kind&) {
  return std::make_unique<Moments>(what);
}

constexpr Entry kAggregates[] = {
    {"count_distinct", [](const Kind&) -> AccumulatorPtr { return std::make_unique<DistinctApprox>(); }},
    {"count_distinct_approx",
     [](const Kind&) -> AccumulatorPtr { return std::make_unique<DistinctApprox>(); }},
    {"count_distinct_exact", [](const Kind&) -> AccumulatorPtr { return std::make_unique<DistinctExact>(); }},
    {"sum", moments<Moments::What::sum>},
    {"avg", moments<Moments::What::avg>},
    {"variance", moments<Moments::What::variance>},
    {"stddev", moments<Moments::What::stddev>},
    {"min", [](const Kind& k) -> AccumulatorPtr { return std::make_unique<Extreme>(false, k.of_time); }},
    {"max", [](const Kind& k) -> AccumulatorPtr { return std::make_unique<Extreme>(true, k.of_time); }},
    {"median",
     [](const Kind&) -> AccumulatorPtr { return std::make_unique<Percentiles>(std::vector<double>{50}); }},
    {"percentile",
     [](const Kind& k) -> AccumulatorPtr { return std::make_unique<Percentiles>(k.arguments); }},
    {"percentiles",
     [](const Kind& k) -> AccumulatorPtr { return std::make_unique<Percentiles>(k.arguments); }},
    {"values", [](const Kind& k) -> AccumulatorPtr { return std::make_unique<Values>(k.limit); }},
    {"first", [](const Kind&) -> AccumulatorPtr { return std::make_unique<AtEnd>(false); }},
    {"last", [](const Kind&) -> AccumulatorPtr { return std::make_unique<AtEnd>(true); }},
    {"top", [](const Kind& k) -> AccumulatorPtr { return std::make_unique<TopValues>(k.limit); }},
};

}  // namespace

base::Result<AggregateKind> aggregate_kind(const Aggregate& aggregate) {
  AggregateKind kind;
  const auto refuse = [&](std::string_view why) {
    Expr place;
    place.span = aggregate.span;
    return argument_error(place, aggregate.function + ": " + std::string(why));
  };
  if (aggregate.function == "count") {
    kind.make =
        aggregate.args.empty() ? [](const Kind&) -> AccumulatorPtr { return std::make_unique<CountRows>(); }
    : [](const Kind&) -> AccumulatorPtr { return std::make_unique<CountValues>(); };
    return kind;
  }
  for (const Entry& entry : kAggregates) {
    if (entry.name == aggregate.function) kind.make = entry.make;
  }
  if (!kind.make) return refuse("no such aggregate");
  if (aggregate.args.empty()) return refuse("an argument is missing");
  kind.of_time = aggregate.args[0].kind == Expr::Kind::field && aggregate.args[0].name == "@timestamp";
  for (std::size_t i = 1; i < aggregate.args.size(); ++i) {
    const auto number = number_in(value_of(aggregate.args[i].literal));
    if (aggregate.args[i].kind != Expr::Kind::literal || !number)
      return refuse("the argument is not a number");
    kind.arguments.push_back(*number);
  }
  if (aggregate.function.starts_with("percentile")) {
    if (kind.arguments.empty()) return refuse("the percentile is missing");
    for (const double rank : kind.arguments) {
      if (!(rank >= 0 && rank <= 100)) return refuse("percentiles lie in 0..100");
    }
  } else if (!kind.arguments.empty()) {
    if (!(kind.arguments[0] >= 1 && kind.arguments[0] <= 1e6))
      return refuse("the number of values lies in 1..1000000");
    kind.limit = static_cast<std::uint64_t>(kind.arguments[0]);
  } else if (aggregate.function == "top") {
    kind.limit = 10;
  }
  return kind;
}

}  // namespace vedette::query
