#include "part_fixture.hpp"

namespace vedette::store {
namespace {

using model::Value;

void expect_round_trip(const std::vector<Batch>& batches, std::uint32_t block_rows) {
  MemoryFiles files;
  const PartSummary summary = write_part(files, "p", batches, block_rows);
  EXPECT_EQ(summary.bytes, files.files["p"]->size());
  const auto part = open_part(files, "p");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->summary().min_time, summary.min_time);
  EXPECT_EQ(part->summary().max_sequence, summary.max_sequence);
  expect_rows(*part, batches);
  const base::CancellationToken token;
  const base::Status verified = part->verify(token);
  EXPECT_TRUE(verified.ok()) << verified.error().message;
}

TEST(PartRoundTrip, RandomEvents) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomEvents events(seed);
  for (const std::uint32_t block_rows : {8U, 64U, 1000U, 8192U}) {
    std::vector<Batch> batches;
    for (int i = 0; i < 4; ++i)
      batches.push_back(events.batch(1 + events.below(block_rows < 100 ? 100 : 3000)));
    expect_round_trip(batches, block_rows);
  }
}

TEST(PartRoundTrip, NothingAndOneRow) {
  expect_round_trip({}, 8);
  RandomEvents events(1);
  expect_round_trip({events.batch(1)}, 8);
}

// One field with these values, one a row.
Batch column_of(std::span<const Value> values) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  const model::FieldId field = model::intern("part.edge");
  std::uint64_t sequence = 0;
  for (const Value& value : values) {
    builder.begin_row(0);
    builder.set_sequence(++sequence);
    builder.add(field, value);
    builder.end_row();
  }
  return builder.finish();
}

TEST(PartRoundTrip, ExtremeValues) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const std::string megabyte(1 << 20, 'x');
  const Value with_null[] = {Value::null(), Value::string(""), Value::boolean(false)};
  const std::vector<std::vector<Value>> columns = {
      {Value::integer(kMin), Value::integer(kMax), Value::integer(0), Value::integer(-1),
       Value::integer(kMax)},
      {Value::integer(kMax), Value::integer(kMin), Value::integer(kMax), Value::integer(kMin)},
      {Value::string("1677-09-21T00:12:43.145224193Z"), Value::string("2262-04-11T23:47:16.854775807Z")},
      {Value::string("2026-11-03T09:12:00.100Z"), Value::string("2026-11-03T09:12:00.100000Z")},
      {Value::string("-0"), Value::string("0"), Value::string("00"), Value::string("+1")},
      {Value::string("9223372036854775807"), Value::string("-9223372036854775808"), Value::string("0")},
      {Value::string("9223372036854775808"), Value::string("1")},
      {Value::string("::1"), Value::string("1.2.3.4"), Value::string("::ffff:1.2.3.4")},
      {Value::string("::1"), Value::string("1.2.3.4"), Value::string("fe80::1")},
      {Value::string("abcF"), Value::string("abcd"), Value::string("0123")},
      {Value::string("ABCF"), Value::string("ABCD"), Value::string("0123")},
      {Value::string(megabyte), Value::string(std::string_view(megabyte).substr(1))},
      {Value::real(0.0), Value::real(-0.0), Value::real(std::numeric_limits<double>::quiet_NaN())},
      {Value::list({}), Value::list(with_null), Value::null(), Value::list({})},
      {Value::integer(1), Value::real(1.0), Value::string("1"), Value::boolean(true)},
      {Value::string(std::string_view("\0\0\0\0", 4)), Value::string(std::string_view("\0\0\0\1", 4))},
      {Value::string(""), Value::string("")},
  };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    SCOPED_TRACE("column " + std::to_string(i));
    for (const std::size_t repeats : {1, 7}) {
      std::vector<Value> values;
      for (std::size_t r = 0; r < repeats; ++r) {
        values.insert(values.end(), columns[i].begin(), columns[i].end());
      }
      expect_round_trip({column_of(values)}, 8);
      expect_round_trip({column_of(values)}, 64);
    }
  }
}

TEST(PartRoundTrip, TimesOfAllYears) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  std::uint64_t sequence = std::numeric_limits<std::uint64_t>::max() - 3;
  for (const std::int64_t time : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                  std::numeric_limits<std::int64_t>::max()}) {
    builder.begin_row(std::numeric_limits<std::uint64_t>::max());
    builder.set_time(time);
    builder.set_sequence(sequence++);
    builder.end_row();
  }
  const Batch batch = builder.finish();
  expect_round_trip({batch}, 8);
  MemoryFiles files;
  write_part(files, "p", {batch}, 8);
  const auto part = open_part(files, "p");
  std::uint64_t read = 0;
  const auto minutes = part->minute_counts(read);
  ASSERT_TRUE(minutes);
  ASSERT_EQ(minutes->size(), 4U);
  EXPECT_EQ((*minutes)[1].first, -60'000'000'000);
}

TEST(PartRoundTrip, SparseColumnsAreCheap) {
  constexpr std::size_t kColumns = 2000;
  const auto bytes_with = [](std::size_t columns) {
    model::BatchBuilder builder(std::make_shared<model::Source>());
    for (std::size_t row = 0; row < kColumns; ++row) {
      builder.begin_row(row);
      builder.set_sequence(row + 1);
      if (row < columns) {
        builder.add(model::intern("sparse.column." + std::to_string(row)), Value::string("value"));
      }
      builder.end_row();
    }
    MemoryFiles files;
    const Batch batch = builder.finish();
    const auto bytes = write_part(files, "p", {batch}, 256).bytes;
    expect_rows(*open_part(files, "p"), {batch});
    return bytes;
  };
  const std::uint64_t each = (bytes_with(kColumns) - bytes_with(0)) / kColumns;
  EXPECT_LT(each, 100U);
}

TEST(PartWriter, RemovesAFileThatIsNotWhole) {
  MemoryFiles files;
  files.room = 100;
  RandomEvents events(3);
  const Batch batch = events.batch(50);
  PartWriter writer(PartOptions{8});
  for (std::uint32_t row = 0; row < 50; ++row) writer.add(batch, row);
  const auto summary = writer.finish(files, "p");
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, base::ErrorCode::no_space);
  EXPECT_FALSE(files.exists("p"));
}

}  // namespace
}  // namespace vedette::store
