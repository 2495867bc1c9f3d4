// Runs tests/sigma/*.yml on the reference evaluator and on the engine.
#include <set>

#include <gtest/gtest.h>

#include "support/engine_evaluator.hpp"
#include "support/sigma_cases.hpp"

namespace vedette::test {
namespace {

constexpr const char* kFolder = "tests/sigma";
constexpr int kItems = 102;

const std::vector<SigmaCase>& all_cases() {
  static const std::vector<SigmaCase> cases = [] {
    std::string ignored;  // CoversEveryItem reports it
    return read_sigma_cases(kFolder, ignored);
  }();
  return cases;
}

class SigmaSemantics : public testing::TestWithParam<std::size_t> {};

TEST_P(SigmaSemantics, Holds) {
  const SigmaCase& sigma_case = all_cases()[GetParam()];
  EXPECT_EQ(run_sigma_case(sigma_case, naive_sigma_evaluator()), "")
      << sigma_case.file << ":" << sigma_case.line << ": " << sigma_case.name << "\n"
      << sigma_case.rule;
}

TEST_P(SigmaSemantics, HoldsInTheEngine) {
  const SigmaCase& sigma_case = all_cases()[GetParam()];
  EXPECT_EQ(run_sigma_case(sigma_case, engine_sigma_evaluator()), "")
      << sigma_case.file << ":" << sigma_case.line << ": " << sigma_case.name << "\n"
      << sigma_case.rule;
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
  const SigmaCase& sigma_case = all_cases()[info.param];
  std::string name = "item_" + std::to_string(sigma_case.items.front()) + "_";
  for (char c : sigma_case.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name + "_" + std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Cases, SigmaSemantics, testing::Range(std::size_t{0}, all_cases().size()),
                         test_name);

TEST(SigmaSemanticsSuite, CoversEveryItem) {
  std::string problem;
  read_sigma_cases(kFolder, problem);
  EXPECT_EQ(problem, "");
  std::set<int> covered;
  for (const SigmaCase& sigma_case : all_cases())
    covered.insert(sigma_case.items.begin(), sigma_case.items.end());
  for (int item = 1; item <= kItems; ++item)
    EXPECT_TRUE(covered.contains(item)) << "no case shows item " << item;
}

}  // namespace
}  // namespace vedette::test
