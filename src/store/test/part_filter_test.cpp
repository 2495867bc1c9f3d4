#include "part_fixture.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::store {
namespace {

using model::Value;

constexpr std::uint32_t kBlock = 64;

// Visits the folded texts of the rows of each block: visit(block, field, folded, value).
template <typename Visit>
void for_each_text(const Batch& batch, Visit visit) {
  for (std::size_t row = 0; row < batch->size(); ++row) {
    for (const model::Cell& cell : (*batch)[row].cells()) {
      for (const Value& item : cell.value.elements()) {
        model::TextBuffer buffer;
        const std::string folded = base::folded(model::text_of(item, buffer));
        visit(static_cast<std::uint32_t>(row / kBlock), cell.field, folded, item);
      }
    }
  }
}

class PartFilter : public ::testing::Test {
 protected:
  void write(const Batch& batch) {
    write_part(files_, "p", {batch}, kBlock);
    part_ = open_part(files_, "p");
    ASSERT_TRUE(part_);
  }
  Bitmap all() const { return Bitmap(static_cast<std::uint32_t>(part_->blocks().size()), true); }

  MemoryFiles files_;
  std::shared_ptr<const PartReader> part_;
  std::uint64_t read_ = 0;
};

TEST_F(PartFilter, KeepsEveryBlockThatMatches) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomEvents events(seed);
  const Batch batch = events.batch(900);
  write(batch);
  for_each_text(
      batch, [&](std::uint32_t block, model::FieldId field, const std::string& folded, const Value& value) {
        if (events.below(4) != 0) return;
        for (const auto where : {std::optional(field), std::optional<model::FieldId>()}) {
          if (!where && events.below(20) != 0) continue;
          Bitmap whole = all(), words = all(), part = all();
          part_->prune_whole(where, folded, whole, read_);
          ASSERT_TRUE(whole.test(block)) << model::name_of(field) << " " << folded;
          const auto wanted = expr::words_of(folded);
          part_->prune_words(where, wanted, words, read_);
          ASSERT_TRUE(words.test(block)) << model::name_of(field) << " " << folded;
          const std::size_t at = events.below(folded.size() + 1);
          part_->prune_substring(where, folded.substr(at, events.below(12)), part, read_);
          ASSERT_TRUE(part.test(block)) << model::name_of(field) << " " << folded;
        }
        double number = 0;
        if (model::number_of(value, number) && number == number) {
          Bitmap range = all();
          part_->prune_range(field, number, number, range, read_);
          ASSERT_TRUE(range.test(block)) << model::name_of(field) << " " << number;
        }
        Bitmap exists = all();
        part_->prune_exists(field, exists, read_);
        ASSERT_TRUE(exists.test(block));
      });
}

// A value that only its own block has, in a field with a filter and in one whose values are counted.
Batch distinct_rows(std::size_t rows) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  for (std::size_t row = 0; row < rows; ++row) {
    builder.begin_row(row);
    builder.set_sequence(row + 1);
    const std::string number = std::to_string(row * 7919);
    builder.add_copy(model::field::process_command_line, "run Tool" + number + " --Path=c:\\t" + number);
    builder.add_copy(model::field::event_action, "action-" + std::to_string(row / kBlock));
    builder.add(model::field::destination_port, Value::integer(static_cast<std::int64_t>(row)));
    builder.end_row();
  }
  return builder.finish();
}

TEST_F(PartFilter, PrunesBlocksThatDoNotMatch) {
  write(distinct_rows(kBlock * 100));
  std::uint64_t kept_whole = 0, kept_words = 0, kept_parts = 0, probes = 0;
  for (std::size_t row = 5; row < kBlock * 100; row += 97, ++probes) {
    const std::string number = std::to_string(row * 7919);
    const std::string whole_text = "run tool" + number + " --path=c:\\t" + number;
    const std::string word = "tool" + number;
    const std::string_view words[] = {"run", word};
    Bitmap whole = all(), by_words = all(), by_part = all();
    part_->prune_whole(model::field::process_command_line, whole_text, whole, read_);
    part_->prune_words(std::nullopt, words, by_words, read_);
    part_->prune_substring(model::field::process_command_line, "ool" + number, by_part, read_);
    ASSERT_TRUE(whole.test(row / kBlock) && by_words.test(row / kBlock) && by_part.test(row / kBlock));
    kept_whole += whole.count() - 1;
    kept_words += by_words.count() - 1;
    kept_parts += by_part.count() - 1;
  }
  // Of 99 other blocks a probe.
  EXPECT_LT(static_cast<double>(kept_whole) / static_cast<double>(probes), 3.0);
  EXPECT_LT(static_cast<double>(kept_words) / static_cast<double>(probes), 5.0);
  EXPECT_LT(static_cast<double>(kept_parts) / static_cast<double>(probes), 60.0);
}

// A word that no field has is looked up once for the whole part, without a look at its columns.
TEST_F(PartFilter, AWordThatNoFieldHasCostsALookUp) {
  write(distinct_rows(kBlock * 100));
  std::uint64_t kept = 0;
  constexpr std::uint64_t kWords = 400;
  for (std::uint64_t i = 0; i < kWords; ++i) {
    const std::string absent = "absent" + std::to_string(i);
    const std::string_view words[] = {absent, "run"};
    std::uint64_t bytes = 0;
    Bitmap by_words = all(), whole = all();
    part_->prune_words(std::nullopt, words, by_words, bytes);
    part_->prune_whole(std::nullopt, absent, whole, bytes);
    if (by_words.none() && whole.none() && bytes <= 3 * 72) continue;
    ++kept;
  }
  EXPECT_LE(kept, kWords / 10);
}

TEST_F(PartFilter, ValueCountsAndRangesAreExact) {
  write(distinct_rows(kBlock * 10));
  Bitmap blocks = all();
  part_->prune_whole(model::field::event_action, "action-3", blocks, read_);
  EXPECT_EQ(blocks.count(), 1U);
  EXPECT_TRUE(blocks.test(3));
  blocks = all();
  part_->prune_substring(std::nullopt, "tion-7", blocks, read_);
  EXPECT_TRUE(blocks.test(7));
  blocks = all();
  part_->prune_range(model::field::destination_port, 64, 127, blocks, read_);
  EXPECT_EQ(blocks.count(), 1U);
  EXPECT_TRUE(blocks.test(1));
  blocks = all();
  part_->prune_exists(model::intern("part.never.there"), blocks, read_);
  EXPECT_TRUE(blocks.none());
  blocks = all();
  part_->prune_whole(std::nullopt, "never there", blocks, read_);
  EXPECT_LE(blocks.count(), 1U);
}

TEST_F(PartFilter, CountsValuesWithTheRowsThatHaveThem) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  const model::FieldId field = model::intern("part.counts");
  const Value list[] = {Value::string("a"), Value::string("a"), Value::null(), Value::integer(1)};
  for (std::uint64_t row = 0; row < 300; ++row) {
    builder.begin_row(row);
    builder.set_sequence(row + 1);
    if (row % 3 == 0) builder.add(field, Value::list(list));
    if (row % 3 == 1) builder.add(field, Value::string("a"));
    if (row % 3 == 2) builder.add(field, row % 2 ? Value::null() : Value::string("A"));
    builder.end_row();
  }
  write(builder.finish());
  const auto counts = part_->value_counts(field, read_);
  ASSERT_TRUE(counts);
  ASSERT_EQ(counts->size(), 3U);
  for (const auto& [value, rows] : *counts) {
    model::TextBuffer buffer;
    const std::string text(model::text_of(value, buffer));
    EXPECT_EQ(rows, text == "a" ? 200U : text == "1" ? 100U : 50U) << text;
  }
  ASSERT_EQ(part_->fields().size(), 1U);
  EXPECT_EQ(part_->fields()[0].rows, 300U);
  EXPECT_EQ(part_->fields()[0].lists, 100U);
  EXPECT_EQ(part_->fields()[0].texts, 150U);
  EXPECT_EQ(part_->fields()[0].nulls, 50U);
}

}  // namespace
}  // namespace vedette::store
