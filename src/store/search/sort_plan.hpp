// Sort keys, cursors and candidates: the order of rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/field_reader.hpp"
#include "search/values.hpp"
#include "segment.hpp"
#include "vedette/base/result.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::search {

class Governor;

// A row that may be part of the answer. Key values: null where the row has none, "@timestamp" and "_id" as
// integers.
struct Candidate {
  std::vector<OwnedValue> keys;
  base::TimeNs time = 0;
  std::uint64_t sequence = 0;
  std::uint32_t block = 0;  // the caller's number of a block
  std::uint32_t row = 0;
};

// The same before its values are copied.
struct CandidateView {
  std::span<const model::Value> keys;
  base::TimeNs time;
  std::uint64_t sequence;
};

struct Cursor {
  std::vector<OwnedValue> keys;
  std::optional<base::TimeNs> time;
  std::optional<std::uint64_t> sequence;
};

// Immutable and thread safe.
class SortPlan {
 public:
  struct Key {
    model::FieldId field{};
    bool descending = false, missing_first = false;
  };

  // invalid_argument: a key without a field. No keys: newest first.
  static base::Result<SortPlan> make(const std::vector<model::SortKey>& keys);
  // nullopt if `after` is empty; invalid_argument if it does not fit the keys.
  base::Result<std::optional<Cursor>> cursor(const std::vector<model::Literal>& after) const;

  const std::vector<Key>& keys() const { return keys_; }
  // Whether the event time decides before all else.
  bool by_time() const { return by_time_; }
  // Of ties, and of time itself where by_time.
  bool descending() const { return descending_; }

  // Negative: a comes first.
  int compare(const CandidateView& a, const Candidate& b) const;
  int compare(const Candidate& a, const Candidate& b) const;
  // Whether the row stands after the cursor.
  bool is_after(const CandidateView& row, const Cursor& cursor) const;

 private:
  int compare_keys(std::size_t at, const model::Value& a, const model::Value& b) const;
  int compare_ties(base::TimeNs time_a, std::uint64_t sequence_a, base::TimeNs time_b,
                   std::uint64_t sequence_b) const;

  std::vector<Key> keys_;  // without those that the ties say already
  std::vector<Key> asked_;
  bool by_time_ = false, descending_ = true;
};

// Reads the key values of the rows of a block.
class KeyReader {
 public:
  static base::Result<KeyReader> open(Block& block, const SortPlan& plan);
  // Valid until the next call.
  CandidateView read(std::uint32_t row);

 private:
  explicit KeyReader(const SortPlan& plan) : plan_(&plan) {}
  const SortPlan* plan_;
  std::vector<FieldReader> readers_;
  std::vector<model::Value> values_;
  std::span<const base::TimeNs> times_;
  std::span<const std::uint64_t> sequences_;
};

// Keeps the first `limit` of the rows offered. One thread.
class RowCollector {
 public:
  // `plan` and `cursor` must outlive it.
  RowCollector(const SortPlan& plan, const std::optional<Cursor>& cursor, std::uint64_t limit)
      : plan_(&plan), cursor_(&cursor), limit_(limit) {}

  void offer(const CandidateView& row, std::uint32_t block_number, std::uint32_t row_number);
  // Offers all rows of the bitmap. False if the limit of memory was passed.
  base::Result<bool> add(Block& block, const Bitmap& rows, std::uint32_t block_number, Governor& governor);
  std::vector<Candidate> take() { return std::move(kept_); }
  std::int64_t bytes() const { return bytes_; }

 private:
  const SortPlan* plan_;
  const std::optional<Cursor>* cursor_;
  std::uint64_t limit_;
  std::vector<Candidate> kept_;  // a heap with the last of the order on top, once it is full
  std::int64_t bytes_ = 0, charged_ = 0;
};

}  // namespace vedette::store::search
