// EventBatch: the unit that flows through Vedette, and Event, a view of one row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vedette/base/arena.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/field.hpp"
#include "vedette/model/value.hpp"

namespace vedette::model {

struct Cell {
  Value value;
  FieldId field{};
  // Order of arrival within the row while it is built; the highest bit marks a derived cell (see
  // BatchBuilder).
  std::uint32_t order = 0;
};

// Where the events of a batch came from.
struct Source {
  std::string path;  // file path, archive members as "archive.zip/member.log"; "-" is the standard input
};

class EventBatch;

// A row of a batch. Does not own: it lives as long as its batch.
class Event {
 public:
  Event(const EventBatch* batch, std::uint32_t row) : batch_(batch), row_(row) {}

  // Cells sorted by FieldId, each field once.
  std::span<const Cell> cells() const;
  // nullptr if the event has no such field (a field that is null is there).
  const Value* find(FieldId field) const;
  // Text of a string field, or empty.
  std::string_view text(FieldId field) const;
  base::TimeNs time() const;       // event time; 0 if the record had none
  std::uint64_t position() const;  // line number (from 1), EVTX record id, or record ordinal in its source
  const Source& source() const;
  // The row's number in the log, its place in the order of arrival; 0 if it did not come from a log or store.
  std::uint64_t sequence() const;
  const EventBatch& batch() const { return *batch_; }
  std::uint32_t row() const { return row_; }

 private:
  const EventBatch* batch_;
  std::uint32_t row_;
};

// Immutable once built; shared between threads.
class EventBatch {
 public:
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  Event operator[](std::size_t row) const { return Event(this, static_cast<std::uint32_t>(row)); }

 private:
  friend class BatchBuilder;
  friend class BatchCodec;
  friend class BatchExtender;
  friend class Event;
  friend std::shared_ptr<const EventBatch> with_default_time(std::shared_ptr<const EventBatch>, base::TimeNs);
  struct Row {
    std::uint32_t first = 0, count = 0;
    base::TimeNs time = 0;
    std::uint64_t position = 0;
    std::uint64_t sequence = 0;
    std::uint32_t source = 0;  // index into sources_
  };
  std::vector<Row> rows_;
  std::vector<Cell> cells_;
  std::span<const Cell> all_cells_;  // once finished: cells_, or those of a batch in held_
  base::Arena arena_;
  std::vector<std::shared_ptr<const void>> held_;       // raw bytes that values point into
  std::vector<std::shared_ptr<const Source>> sources_;  // at least one
};

// Builds one batch row by row. Not thread safe.
//
// Values are added under their field as they come; a field that comes twice becomes a list (duplicate keys
// lose nothing). A *derived* value (mapped from another field) is weaker: it is dropped if the row has an
// original value, or an earlier derived one, for its field.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::shared_ptr<const Source> source);
  // For batches of known size: the arena grows by blocks of `arena_block_bytes`.
  BatchBuilder(std::shared_ptr<const Source> source, std::size_t arena_block_bytes);

  base::Arena& arena() { return batch_->arena_; }
  // Keeps raw bytes alive as long as the batch, so that values may point into them.
  void hold(std::shared_ptr<const void> bytes) { batch_->held_.push_back(std::move(bytes)); }

  // Where the rows that begin from now on come from; the constructor's source until then.
  void set_source(std::shared_ptr<const Source> source);
  void begin_row(std::uint64_t position);
  bool in_row() const { return in_row_; }
  void add(FieldId field, Value value) { push(field, value, 0); }
  void add_derived(FieldId field, Value value) { push(field, value, kDerived); }
  // Strings that outlive the batch or point into held bytes.
  void add_ref(FieldId field, std::string_view text) { add(field, Value::string(text)); }
  void add_copy(FieldId field, std::string_view text) { add(field, Value::string(arena().copy(text))); }
  // Interns `name`; when the field table is full the value is kept as "name=value" under field::overflow.
  void add_named(FieldCache& cache, std::string_view name, Value value);
  void set_time(base::TimeNs time) { time_ = time; }
  base::TimeNs time() const { return time_; }
  // For events made of several records: where the first one stood.
  void set_position(std::uint64_t position) { position_ = position; }
  std::uint64_t position() const { return position_; }
  void set_sequence(std::uint64_t sequence) { sequence_ = sequence; }

  // The open row's cells in order of arrival. Invalidated by add.
  std::span<const Cell> open_cells() const;
  // First cell of the open row with that field (linear), or nullptr. Invalidated by add.
  const Value* find_open(FieldId field) const;
  // Values of the open row's `from` become values of `to`.
  void rename_open(FieldId from, FieldId to);
  // Removes every cell of the open row.
  void reset_row();

  void end_row();
  void discard_row();
  std::size_t rows() const { return batch_->rows_.size(); }
  std::size_t bytes() const;

  // The finished batch; the builder is spent.
  std::shared_ptr<const EventBatch> finish();

 private:
  static constexpr std::uint32_t kDerived = 0x8000'0000u;
  void push(FieldId field, Value value, std::uint32_t flags) {
    batch_->cells_.push_back({value, field, flags | next_order_++});
  }
  Value merge(std::span<const Cell> same_field);

  std::shared_ptr<EventBatch> batch_;
  std::vector<Cell> scratch_;
  std::size_t first_ = 0;
  std::uint32_t next_order_ = 0;
  base::TimeNs time_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t sequence_ = 0;
  bool in_row_ = false;
};

// The batch itself if all rows have a time; else one that shares its content, in which rows without a time
// have `time`.
std::shared_ptr<const EventBatch> with_default_time(std::shared_ptr<const EventBatch> batch,
                                                    base::TimeNs time);

// The event as one JSON object (no newline) with dotted names, sorted by name; "@timestamp" (the event time,
// null if there is none) comes first.
void append_json(std::string& out, const Event& event);
// The same without the closing brace, so that more members may follow, and without the fields for which
// `omit` holds.
void append_fields_json(std::string& out, const Event& event, bool (*omit)(FieldId) = nullptr);

}  // namespace vedette::model
