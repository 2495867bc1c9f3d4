// Segment, Block, Column: what the search reads, whether rows rest in a part file (part_reader.hpp) or are
// not yet sealed (memory_segment.hpp). Internal to the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/field.hpp"
#include "vedette/model/search.hpp"
#include "vedette/model/value.hpp"

namespace vedette::store {

// Rows of a block; blocks of merged parts are full but for the last.
inline constexpr std::uint32_t kBlockRows = 8192;

// A bit a row (or a block).
class Bitmap {
 public:
  explicit Bitmap(std::uint32_t size = 0, bool value = false)
      : words_((size + 63) / 64, value ? ~0ULL : 0), size_(size) {
    clear_tail();
  }
  std::uint32_t size() const { return size_; }
  bool test(std::uint32_t at) const { return words_[at / 64] >> (at % 64) & 1; }
  void set(std::uint32_t at) { words_[at / 64] |= 1ULL << (at % 64); }
  void reset(std::uint32_t at) { words_[at / 64] &= ~(1ULL << (at % 64)); }
  void operator&=(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  void operator|=(const Bitmap& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void invert() {
    for (std::uint64_t& word : words_) word = ~word;
    clear_tail();
  }
  std::uint32_t count() const;
  bool none() const;
  std::span<std::uint64_t> words() { return words_; }
  std::span<const std::uint64_t> words() const { return words_; }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word; word &= word - 1) {
        visit(static_cast<std::uint32_t>(i * 64 + static_cast<unsigned>(__builtin_ctzll(word))));
      }
    }
  }

 private:
  void clear_tail() {
    if (size_ % 64) words_.back() &= (1ULL << (size_ % 64)) - 1;
  }
  std::vector<std::uint64_t> words_;
  std::uint32_t size_ = 0;
};

// One field of the rows of a block, decoded. Values point into the Column or its Block.
struct Column {
  enum class Form : std::uint8_t {
    dictionary,  // codes[row] is an index into dictionary, or kAbsent; codes empty: every row has
                 // dictionary[0]
    integers,    // integers[row], where present
    values,      // values[row], where present
  };
  static constexpr std::uint16_t kAbsent = 0xffff;  // a dictionary has at most 4,096 values

  Form form = Form::values;
  std::span<const model::Value> dictionary;  // distinct by kind and content; any kind, lists and null as well
  std::span<const std::uint16_t> codes;
  std::span<const std::int64_t> integers;
  std::span<const model::Value> values;
  const Bitmap* present = nullptr;  // integers, values: rows that have the field; nullptr: all

  bool has(std::uint32_t row) const {
    if (form == Form::dictionary) return codes.empty() || codes[row] != kAbsent;
    return !present || present->test(row);
  }
  // The value of a row that has the field.
  model::Value at(std::uint32_t row) const {
    switch (form) {
      case Form::dictionary:
        return dictionary[codes.empty() ? 0 : codes[row]];
      case Form::integers:
        return model::Value::integer(integers[row]);
      case Form::values:
        break;
    }
    return values[row];
  }
};

// What a row carries beside its fields.
struct RowHead {
  std::uint64_t position = 0;
  std::string_view source_path;
};

// What a value must be like to satisfy a test, as far as filters can tell: see Segment::prune_*.
struct ValueProbe {
  enum class Kind : std::uint8_t { whole, words, substring };
  Kind kind = Kind::whole;
  std::string folded;              // whole, substring
  std::vector<std::string> words;  // words
};

// Rows in order of (time, sequence). One thread.
class Block {
 public:
  virtual ~Block() = default;
  virtual std::uint32_t rows() const = 0;
  virtual base::Result<std::span<const base::TimeNs>> times() = 0;
  virtual base::Result<std::span<const std::uint64_t>> sequences() = 0;
  // nullptr if no row of the block has the field. Decoded once; valid as long as the Block.
  virtual base::Result<const Column*> column(model::FieldId field) = 0;
  virtual base::Result<RowHead> head(std::uint32_t row) = 0;
  // The fields that occur in the block (a superset is allowed).
  virtual std::vector<model::FieldId> fields() const = 0;
  // False if filters tell that no value of the field in this block can satisfy the probe.
  virtual bool may_hold(model::FieldId, const ValueProbe&) { return true; }
  // Bytes read from files so far.
  virtual std::uint64_t bytes_read() const { return 0; }
  // Memory that decoded columns take.
  virtual std::uint64_t memory() const { return 0; }
};

struct BlockInfo {
  std::uint32_t rows = 0;
  base::TimeNs min_time = 0, max_time = 0;  // inclusive
  std::uint64_t min_sequence = 0, max_sequence = 0;
};

struct FieldInfo {
  model::FieldId field{};
  std::uint64_t rows = 0;  // that have it
  std::uint64_t nulls = 0, booleans = 0, integers = 0, reals = 0, texts = 0, lists = 0;
};

// Values of a field over a whole segment with the rows that have them; lists count once for each distinct
// element, and nulls are left out.
using ValueCounts = std::vector<std::pair<model::Value, std::uint64_t>>;

// Immutable; thread safe. Pruning may keep too many blocks, never too few.
class Segment {
 public:
  virtual ~Segment() = default;
  virtual std::string name() const = 0;                   // for plans and reports
  virtual std::span<const BlockInfo> blocks() const = 0;  // in order of time
  virtual std::span<const FieldInfo> fields() const = 0;  // in order of FieldId
  virtual base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const = 0;

  // Clears the bits (one a block) of blocks in which no value of the field can satisfy a test of this kind:
  //  - whole: a text value equal to `folded` (base::folded form of the value's canonical text)
  //  - words: a value that holds all of these words (expr::words_of of a text, folded)
  //  - substring: a value that holds `folded` somewhere
  //  - number range: a value (or text) that is a number in [low, high]
  // `field` nullopt: any field. Bytes read are added to `bytes_read`. The defaults keep every block.
  virtual void prune_whole(std::optional<model::FieldId>, std::string_view /*folded*/, Bitmap&,
                           std::uint64_t& /*bytes_read*/) const {}
  virtual void prune_words(std::optional<model::FieldId>, std::span<const std::string_view>, Bitmap&,
                           std::uint64_t&) const {}
  virtual void prune_substring(std::optional<model::FieldId>, std::string_view /*folded*/, Bitmap&,
                               std::uint64_t&) const {}
  virtual void prune_range(model::FieldId, double /*low*/, double /*high*/, Bitmap&, std::uint64_t&) const {}
  // Clears the bits of blocks in which no row has the field.
  virtual void prune_exists(model::FieldId, Bitmap&, std::uint64_t&) const {}

  // From headers, without reading rows; nullopt where they do not tell.
  virtual std::optional<ValueCounts> value_counts(model::FieldId, std::uint64_t& /*bytes_read*/) const {
    return std::nullopt;
  }
  // Rows a minute: (start of the minute, rows), ascending.
  virtual std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> minute_counts(
      std::uint64_t& /*bytes_read*/) const {
    return std::nullopt;
  }
};

}  // namespace vedette::store
