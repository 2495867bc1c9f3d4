#include "search/sort_plan.hpp"

#include <algorithm>

#include "search/governor.hpp"
#include "vedette/base/time.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::store::search {

using model::Literal;
using model::Value;

namespace {

base::Error bad_cursor() {
  return base::make_error(base::ErrorCode::invalid_argument, "the cursor (after) does not fit the sort keys");
}

base::Result<std::int64_t> time_of(const Literal& literal) {
  if (const auto* number = std::get_if<std::int64_t>(&literal)) return *number;
  if (const auto* text = std::get_if<std::string>(&literal)) {
    if (const auto time = base::parse_iso8601(*text)) return *time;
  }
  return base::make_error(base::ErrorCode::invalid_argument,
                          "the cursor (after) has no time where one belongs");
}

base::Result<std::uint64_t> sequence_of(const Literal& literal) {
  if (const auto* number = std::get_if<std::int64_t>(&literal)) return static_cast<std::uint64_t>(*number);
  std::uint64_t sequence = 0;
  if (const auto* text = std::get_if<std::string>(&literal)) {
    if (expr::sequence_of(*text, sequence)) return sequence;
  }
  return base::make_error(base::ErrorCode::invalid_argument,
                          "the cursor (after) has no id where one belongs");
}

int sign(std::weak_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

base::Result<SortPlan> SortPlan::make(const std::vector<model::SortKey>& keys) {
  SortPlan plan;
  for (const model::SortKey& key : keys) {
    if (key.field.empty()) {
      return base::make_error(base::ErrorCode::invalid_argument, "a sort key has no field");
    }
    plan.asked_.push_back({model::intern(key.field), key.descending, key.missing_first});
  }
  if (plan.asked_.empty()) plan.asked_.push_back({model::field::timestamp, true, false});
  const Key& first = plan.asked_.front();
  plan.descending_ = first.descending;
  plan.by_time_ = first.field == model::field::timestamp;
  plan.keys_ = plan.asked_;
  if (plan.by_time_ && plan.asked_.size() == 1) plan.keys_.clear();
  return plan;
}

base::Result<std::optional<Cursor>> SortPlan::cursor(const std::vector<Literal>& after) const {
  if (after.empty()) return std::optional<Cursor>();
  const std::size_t keys = asked_.size();
  if (after.size() < keys || after.size() > keys + 2) return bad_cursor();
  Cursor cursor;
  for (std::size_t i = 0; i < keys; ++i) {
    const bool missing = std::holds_alternative<std::monostate>(after[i]);
    if (asked_[i].field == model::field::timestamp) {
      TRY_ASSIGN(const std::int64_t time, time_of(after[i]));
      cursor.keys.emplace_back(Value::integer(time));
    } else if (asked_[i].field == id_field() && !missing) {
      TRY_ASSIGN(const std::uint64_t sequence, sequence_of(after[i]));
      cursor.keys.emplace_back(Value::integer(static_cast<std::int64_t>(sequence)));
    } else {
      cursor.keys.emplace_back(after[i]);
    }
  }
  const bool has_time = std::any_of(asked_.begin(), asked_.end(),
                                    [](const Key& key) { return key.field == model::field::timestamp; });
  if (after.size() == keys + 2) {
    TRY_ASSIGN(cursor.time, time_of(after[keys]));
    TRY_ASSIGN(cursor.sequence, sequence_of(after[keys + 1]));
  } else if (after.size() == keys + 1 && has_time) {
    TRY_ASSIGN(cursor.sequence, sequence_of(after[keys]));
  } else if (after.size() == keys + 1) {
    TRY_ASSIGN(cursor.time, time_of(after[keys]));
  }
  if (keys_.empty()) {
    cursor.time = cursor.keys[0].integer;
    cursor.keys.clear();
  }
  return std::optional<Cursor>(std::move(cursor));
}

int SortPlan::compare_keys(std::size_t at, const Value& a, const Value& b) const {
  const Key& key = keys_[at];
  if (a.is_null() || b.is_null()) {
    if (a.is_null() == b.is_null()) return 0;
    return a.is_null() == key.missing_first ? -1 : 1;
  }
  const int order = sign(compare_values(a, b));
  return key.descending ? -order : order;
}

int SortPlan::compare_ties(base::TimeNs time_a, std::uint64_t sequence_a, base::TimeNs time_b,
                           std::uint64_t sequence_b) const {
  int order = sign(time_a <=> time_b);
  if (order == 0) order = sign(sequence_a <=> sequence_b);
  return descending_ ? -order : order;
}

int SortPlan::compare(const CandidateView& a, const Candidate& b) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (const int order = compare_keys(i, a.keys[i], b.keys[i].view())) return order;
  }
  return compare_ties(a.time, a.sequence, b.time, b.sequence);
}

int SortPlan::compare(const Candidate& a, const Candidate& b) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (const int order = compare_keys(i, a.keys[i].view(), b.keys[i].view())) return order;
  }
  return compare_ties(a.time, a.sequence, b.time, b.sequence);
}

bool SortPlan::is_after(const CandidateView& row, const Cursor& cursor) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (const int order = compare_keys(i, row.keys[i], cursor.keys[i].view())) return order > 0;
  }
  const base::TimeNs time = cursor.time.value_or(row.time);
  return compare_ties(row.time, row.sequence, time, cursor.sequence.value_or(row.sequence)) > 0;
}

base::Result<KeyReader> KeyReader::open(Block& block, const SortPlan& plan) {
  KeyReader reader(plan);
  TRY_ASSIGN(reader.times_, block.times());
  TRY_ASSIGN(reader.sequences_, block.sequences());
  for (const SortPlan::Key& key : plan.keys()) {
    if (key.field == id_field() || key.field == model::field::timestamp) {
      reader.readers_.emplace_back();
      continue;
    }
    TRY_ASSIGN(FieldReader field, FieldReader::open(block, key.field));
    reader.readers_.push_back(std::move(field));
  }
  reader.values_.resize(plan.keys().size());
  return reader;
}

CandidateView KeyReader::read(std::uint32_t row) {
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    const SortPlan::Key& key = plan_->keys()[i];
    Value& out = values_[i];
    if (key.field == model::field::timestamp) {
      out = Value::integer(times_[row]);
      continue;
    }
    if (key.field == id_field()) {
      out = Value::integer(static_cast<std::int64_t>(sequences_[row]));
      continue;
    }
    out = Value::null();
    const Value* value = readers_[i].find(row);
    if (!value) continue;
    for (const Value& element : value->elements()) {
      if (element.is_null()) continue;
      const bool better = out.is_null() || (key.descending ? compare_values(element, out) > 0
                                                           : compare_values(element, out) < 0);
      if (better) out = element;
    }
  }
  return {values_, times_[row], sequences_[row]};
}

void RowCollector::offer(const CandidateView& row, std::uint32_t block_number, std::uint32_t row_number) {
  if (limit_ == 0 || (*cursor_ && !plan_->is_after(row, **cursor_))) return;
  const auto before = [&](const Candidate& a, const Candidate& b) { return plan_->compare(a, b) < 0; };
  const bool full = kept_.size() >= limit_;
  if (full && plan_->compare(row, kept_.front()) >= 0) return;
  Candidate candidate{{}, row.time, row.sequence, block_number, row_number};
  bytes_ += sizeof(Candidate);
  for (const Value& key : row.keys) {
    candidate.keys.emplace_back(key);
    bytes_ += static_cast<std::int64_t>(candidate.keys.back().bytes());
  }
  if (full) {
    std::pop_heap(kept_.begin(), kept_.end(), before);
    bytes_ -= sizeof(Candidate);
    for (const OwnedValue& key : kept_.back().keys) bytes_ -= static_cast<std::int64_t>(key.bytes());
    kept_.back() = std::move(candidate);
    std::push_heap(kept_.begin(), kept_.end(), before);
    return;
  }
  kept_.push_back(std::move(candidate));
  if (kept_.size() == limit_) std::make_heap(kept_.begin(), kept_.end(), before);
}

base::Result<bool> RowCollector::add(Block& block, const Bitmap& rows, std::uint32_t block_number,
                                     Governor& governor) {
  TRY_ASSIGN(KeyReader keys, KeyReader::open(block, *plan_));
  rows.for_each([&](std::uint32_t row) { offer(keys.read(row), block_number, row); });
  const std::int64_t grown = bytes_ - charged_;
  charged_ = bytes_;
  return governor.charge(grown);
}

}  // namespace vedette::store::search
