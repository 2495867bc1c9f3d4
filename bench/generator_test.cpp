#include <set>

#include <gtest/gtest.h>

#include "store_generator.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::bench {
namespace {

std::string ndjson(const StoreGenerator& generator, std::uint32_t rows, std::uint32_t batch_rows) {
  std::string out;
  for (std::uint32_t first = 0; first < rows; first += batch_rows) {
    const auto batch = generator.batch(first, std::min(batch_rows, rows - first));
    for (std::size_t i = 0; i < batch->size(); ++i) {
      model::append_json(out, (*batch)[i]);
      out += '\n';
    }
  }
  return out;
}

TEST(StoreGenerator, SameBytesOnEveryMachineHoweverBatched) {
  const StoreGenerator generator(1, 10'000);
  const std::string text = ndjson(generator, 10'000, 4096);
  EXPECT_EQ(base::hash128_hex(text), "196897b4cc580eb02936258ec1088cbf");
  EXPECT_EQ(text, ndjson(generator, 10'000, 777));
  EXPECT_NE(text, ndjson(StoreGenerator(2, 10'000), 10'000, 4096));
}

TEST(StoreGenerator, AnEventHasAboutOneKilobyte) {
  const std::string text = ndjson(StoreGenerator(1, 10'000), 10'000, 4096);
  EXPECT_GT(text.size(), 10'000 * 900);
  EXPECT_LT(text.size(), 10'000 * 1250);
}

TEST(StoreGenerator, NeedlesStandInTheirRowsOnly) {
  const StoreGenerator generator(1, 10'000);
  const auto needles = generator.needles();
  const std::vector<std::pair<std::string, std::vector<std::uint64_t>>> marks = {
      {"d0e1f2a3b4c59687", needles.hash.rows},
      {"nd7731x", needles.command_line.rows},
      {"update-quillfeather", needles.domain.rows},
      {"198.51.100.77", needles.address.rows},
      {"svc-quill", needles.user.rows}};
  std::vector<std::set<std::uint64_t>> found(marks.size());
  for (std::uint64_t first = 0; first < generator.rows(); first += 4096) {
    const auto batch = generator.batch(first);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      std::string line;
      model::append_json(line, (*batch)[i]);
      for (std::size_t mark = 0; mark < marks.size(); ++mark) {
        if (line.find(marks[mark].first) != std::string::npos) found[mark].insert(first + i);
      }
    }
  }
  for (std::size_t mark = 0; mark < marks.size(); ++mark) {
    const std::set<std::uint64_t> wanted(marks[mark].second.begin(), marks[mark].second.end());
    EXPECT_EQ(found[mark], wanted) << marks[mark].first;
  }
}

TEST(StoreGenerator, TimesLieInTheWeekAndMostlyInOrder) {
  const StoreGenerator generator(1, 50'000);
  std::size_t back = 0, late = 0;
  base::TimeNs newest = 0;
  for (std::uint64_t first = 0; first < generator.rows(); first += 4096) {
    const auto batch = generator.batch(first);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const base::TimeNs time = (*batch)[i].time();
      ASSERT_GE(time, StoreGenerator::kBegin);
      ASSERT_LT(time, StoreGenerator::kEnd);
      back += time < newest;
      late += time + 600 * base::kNsPerSecond < newest;
      newest = std::max(newest, time);
    }
  }
  EXPECT_GT(back, 0U);
  EXPECT_GT(late, 5U);
  EXPECT_LT(late, 100U);
}

}  // namespace
}  // namespace vedette::bench
