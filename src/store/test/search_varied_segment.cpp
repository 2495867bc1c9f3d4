#include <algorithm>
#include <map>
#include <set>

#include "memory_segment.hpp"
#include "search_random.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::store::test {

using model::FieldId;
using model::Value;

namespace {

// Kind and content.
std::string identity(const Value& value) {
  std::string text(1, static_cast<char>('a' + static_cast<int>(value.kind())));
  append_json(text, value);
  return text;
}

class VariedBlock : public Block {
 public:
  VariedBlock(std::unique_ptr<Block> inner, std::uint64_t seed) : inner_(std::move(inner)), random_(seed) {}
  std::uint32_t rows() const override { return inner_->rows(); }
  base::Result<std::span<const base::TimeNs>> times() override { return inner_->times(); }
  base::Result<std::span<const std::uint64_t>> sequences() override { return inner_->sequences(); }
  base::Result<RowHead> head(std::uint32_t row) override { return inner_->head(row); }
  std::vector<FieldId> fields() const override {
    auto fields = inner_->fields();
    fields.push_back(model::intern("never.there"));
    return fields;
  }

  base::Result<const Column*> column(FieldId field) override {
    TRY_ASSIGN(const Column* plain, inner_->column(field));
    if (!plain) return plain;
    auto& made = made_[field];
    if (!made) made = make(*plain);
    return const_cast<const Column*>(&made->column);
  }

 private:
  struct Made {
    std::vector<Value> dictionary;
    std::vector<std::uint16_t> codes;
    std::vector<std::int64_t> integers;
    Column column;
  };

  std::unique_ptr<Made> make(const Column& plain) {
    auto made = std::make_unique<Made>();
    made->column = plain;
    bool integers = true, all = true;
    for (std::uint32_t row = 0; row < rows(); ++row) {
      if (!plain.has(row)) all = false;
      integers = integers && (!plain.has(row) || plain.at(row).kind() == model::ValueKind::integer);
    }
    const int choice = random_.below(3);
    if (choice == 0) return made;
    if (integers && choice == 1) {
      for (std::uint32_t row = 0; row < rows(); ++row) {
        made->integers.push_back(plain.has(row) ? plain.at(row).as_integer() : 7);
      }
      made->column.form = Column::Form::integers;
      made->column.integers = made->integers;
      return made;
    }
    std::map<std::string, std::uint16_t> known;
    for (std::uint32_t row = 0; row < rows(); ++row) {
      if (!plain.has(row)) {
        made->codes.push_back(Column::kAbsent);
        continue;
      }
      const auto [at, added] =
          known.emplace(identity(plain.at(row)), static_cast<std::uint16_t>(made->dictionary.size()));
      if (added) made->dictionary.push_back(plain.at(row));
      made->codes.push_back(at->second);
    }
    if (all && made->dictionary.size() == 1) made->codes.clear();
    made->column = {};
    made->column.form = Column::Form::dictionary;
    made->column.dictionary = made->dictionary;
    made->column.codes = made->codes;
    return made;
  }

  std::unique_ptr<Block> inner_;
  Random random_;
  std::map<FieldId, std::unique_ptr<Made>> made_;
};

class VariedSegment : public Segment {
 public:
  VariedSegment(std::string name, Batches batches, std::uint32_t block_rows, std::uint64_t seed)
      : inner_(make_memory_segment(std::move(name), std::move(batches), block_rows)), seed_(seed) {}

  std::string name() const override { return inner_->name(); }
  std::span<const BlockInfo> blocks() const override { return inner_->blocks(); }
  std::span<const FieldInfo> fields() const override { return inner_->fields(); }
  base::Result<std::unique_ptr<Block>> open_block(std::size_t index) const override {
    TRY_ASSIGN(auto block, inner_->open_block(index));
    return std::unique_ptr<Block>(std::make_unique<VariedBlock>(std::move(block), seed_ + index));
  }

  void prune_whole(std::optional<FieldId> field, std::string_view folded, Bitmap& blocks,
                   std::uint64_t&) const override {
    keep(field, blocks, [&](const Value&, const std::string& text) { return text == folded; });
  }
  void prune_words(std::optional<FieldId> field, std::span<const std::string_view> words, Bitmap& blocks,
                   std::uint64_t&) const override {
    keep(field, blocks, [&](const Value&, const std::string& text) {
      const auto held = expr::words_of(text);
      return std::all_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::find(held.begin(), held.end(), word) != held.end();
      });
    });
  }
  void prune_substring(std::optional<FieldId> field, std::string_view folded, Bitmap& blocks,
                       std::uint64_t&) const override {
    keep(field, blocks,
         [&](const Value&, const std::string& text) { return text.find(folded) != std::string::npos; });
  }
  void prune_range(FieldId field, double low, double high, Bitmap& blocks, std::uint64_t&) const override {
    keep(field, blocks, [&](const Value& value, const std::string&) {
      double number = 0;
      return number_of(value, number) && low <= number && number <= high;
    });
  }
  void prune_exists(FieldId field, Bitmap& blocks, std::uint64_t&) const override {
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      auto block = inner_->open_block(i).value();
      if (!*block->column(field)) blocks.reset(i);
    }
  }

  std::optional<ValueCounts> value_counts(FieldId field, std::uint64_t&) const override {
    std::map<std::string, std::pair<Value, std::uint64_t>> counts;
    for (std::size_t i = 0; i < blocks().size(); ++i) {
      auto block = inner_->open_block(i).value();
      const Column* column = *block->column(field);
      for (std::uint32_t row = 0; column && row < block->rows(); ++row) {
        if (!column->has(row)) continue;
        std::set<std::string> seen;
        const Value value = column->at(row);
        for (const Value& element : value.elements()) {
          if (element.is_null() || !seen.insert(identity(element)).second) continue;
          auto& count = counts[identity(element)];
          count.first = element;
          ++count.second;
        }
      }
    }
    ValueCounts out;
    for (const auto& [text, count] : counts) out.push_back(count);
    return out;
  }

  std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> minute_counts(
      std::uint64_t&) const override {
    constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
    std::map<base::TimeNs, std::uint64_t> counts;
    for (std::size_t i = 0; i < blocks().size(); ++i) {
      auto block = inner_->open_block(i).value();
      const auto times = block->times();
      for (const base::TimeNs time : times.value()) ++counts[time / kMinute * kMinute];
    }
    return std::vector<std::pair<base::TimeNs, std::uint64_t>>(counts.begin(), counts.end());
  }

 private:
  template <typename Fits>
  void keep(std::optional<FieldId> field, Bitmap& blocks, Fits fits) const {
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      if (blocks.test(i) && !any_value(i, field, fits)) blocks.reset(i);
    }
  }
  template <typename Fits>
  bool any_value(std::uint32_t index, std::optional<FieldId> field, Fits fits) const {
    auto block = inner_->open_block(index).value();
    const auto fields = field ? std::vector<FieldId>{*field} : block->fields();
    for (const FieldId id : fields) {
      const Column* column = *block->column(id);
      for (std::uint32_t row = 0; column && row < block->rows(); ++row) {
        if (!column->has(row)) continue;
        const Value value = column->at(row);
        for (const Value& element : value.elements()) {
          model::TextBuffer buffer;
          if (!element.is_null() && fits(element, base::folded(text_of(element, buffer)))) return true;
        }
      }
    }
    return false;
  }

  std::shared_ptr<const Segment> inner_;
  std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<const Segment> make_varied_segment(std::string name, Batches batches,
                                                   std::uint32_t block_rows, std::uint64_t seed) {
  return std::make_shared<VariedSegment>(std::move(name), std::move(batches), block_rows, seed);
}

}  // namespace vedette::store::test
