#include "vedette/detect/engine.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

std::shared_ptr<const model::EventBatch> events_with(const std::vector<std::vector<std::string>>& sources,
                                                     std::string_view text) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  for (const auto& names : sources) {
    builder.begin_row(1);
    for (const std::string& name : names) builder.add_copy(model::intern("source"), name);
    builder.add_copy(model::intern("text"), text);
    builder.end_row();
  }
  return builder.finish();
}

// A sender who claims every mixture of log sources cannot make the engine compile a program for each.
TEST(Engine, MixturesOfLogSourcesAreBoundedAndStillRouted) {
  constexpr int kSources = 11;  // 2047 mixtures
  Taxonomy taxonomy;
  std::vector<RuleFile> files;
  for (int i = 0; i < kSources; ++i) {
    const std::string name = fmt::format("s{}", i);
    taxonomy.log_sources.push_back({{name, "", ""}, {{{RouteTest::Kind::value, "source", {name}}}}});
    files.push_back(
        {name, fmt::format(
                   "title: R{0}\nlogsource: {{category: s{0}}}\ndetection:\n  s: {{text|contains: needle}}\n"
                   "  condition: s\n",
                   i)});
  }
  const Engine engine(load_rules(files, {}), taxonomy);
  ASSERT_EQ(engine.rules().rules.size(), static_cast<std::size_t>(kSources));
  Detector detector(engine);
  std::vector<std::vector<std::string>> mixtures;
  for (int bits = 1; bits < 1 << kSources; ++bits) {
    auto& names = mixtures.emplace_back();
    for (int i = 0; i < kSources; ++i) {
      if (bits >> i & 1) names.push_back(fmt::format("s{}", i));
    }
  }
  const auto batch = events_with(mixtures, "a needle");
  std::vector<RuleHit> hits;
  detector.run(*batch, hits);
  std::vector<std::size_t> counts(mixtures.size(), 0);
  for (const RuleHit& hit : hits) ++counts[hit.row];
  for (std::size_t row = 0; row < mixtures.size(); ++row) EXPECT_EQ(counts[row], mixtures[row].size()) << row;
}

}  // namespace
}  // namespace vedette::detect
