// TargetWriter: adds derived values to the open row; the first writer of a field stays.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mapping/program.hpp"
#include "vedette/model/event.hpp"

namespace vedette::normalize {

// What one thread needs to run mappings. Per slot a stamp says whether it is set for the current row, so that
// nothing has to be cleared; the stamps lie apart from the values, because most slots of most rows are only
// asked for.
struct Scratch {
  struct Related {
    std::uint8_t kind;
    model::Value value;
  };

  // Starts a row.
  void begin(std::size_t slots);
  bool present(Slot slot) const { return read_stamps[slot] == stamp; }
  bool taken(Slot slot) const { return write_stamps[slot] == stamp; }

  std::vector<std::uint32_t> read_stamps;   // the event has the field; values[slot] is its value
  std::vector<std::uint32_t> write_stamps;  // the event has the field, or something was written to it
  std::vector<model::Value> values;
  std::vector<Related> related;
  std::vector<Slot> repeated;         // sources that occur more than once in the row
  std::vector<std::uint16_t> chosen;  // mappings of this row
  std::uint32_t stamp = 0;
};

class TargetWriter {
 public:
  TargetWriter(model::BatchBuilder& builder, Scratch& scratch) : builder_(builder), scratch_(scratch) {}

  base::Arena& arena() { return builder_.arena(); }
  // Converts to the target's type; drops what cannot be converted, and what is written already.
  void write(const Target& target, const model::Value& value);
  void write_text(const Target& target, std::string_view text) {
    if (!text.empty()) write(target, model::Value::string(text));
  }
  void write_list(const Target& target, std::span<const model::Value> values);
  // A value that has the target's type.
  void write_ready(const Target& target, const model::Value& value);
  bool wanted(const Target& target) const { return target.slot != kNoSlot && !scratch_.taken(target.slot); }

 private:
  model::BatchBuilder& builder_;
  Scratch& scratch_;
};

}  // namespace vedette::normalize
