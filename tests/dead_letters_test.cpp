#include "vedette/node/dead_letters.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "support/temp_folder.hpp"

namespace vedette::node {
namespace {

std::shared_ptr<const model::EventBatch> letters(const std::vector<std::string>& texts) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test://192.0.2.7"}));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    builder.begin_row(i + 1);
    builder.set_time(1'772'600'767'000'000'000);
    builder.add_copy(model::field::event_dataset, "vedette.dead_letter");
    builder.add_copy(model::field::event_original, texts[i]);
    builder.add_copy(model::field::error_message, "could not be parsed by an older version");
    builder.add_copy(model::intern("vedette.dead_letter.format"), "json");
    builder.add_copy(model::intern("vedette.dead_letter.dataset"), "nginx.access");
    builder.end_row();
  }
  return builder.finish();
}

TEST(DeadLetters, WhatParsesNowIsStoredOnce) {
  test::TempFolder folder;
  DataOptions options;
  options.folder = folder.path() + "/data";
  auto data = DataFolder::open(options);
  ASSERT_TRUE(data.ok()) << data.error().message;
  ASSERT_TRUE((*data)
                  ->bus()
                  .append_and_wait(kEventsTopic, letters({R"({"n":"1"})", R"({"n": tru)", R"({"n":"2"})"}))
                  .ok());
  base::CancellationToken none;

  const auto dry = replay_dead_letters(**data, true, none);
  ASSERT_TRUE(dry.ok()) << dry.error().message;
  EXPECT_EQ(dry->examined, 3u);
  EXPECT_EQ(dry->replayed, 2u);
  EXPECT_EQ(dry->failing, 1u);

  for (const std::uint64_t before : {0u, 2u}) {
    const auto totals = replay_dead_letters(**data, false, none);
    ASSERT_TRUE(totals.ok()) << totals.error().message;
    EXPECT_EQ(totals->examined, 3u);
    EXPECT_EQ(totals->before, before);
    EXPECT_EQ(totals->replayed, 2u - before);
    EXPECT_EQ(totals->failing, 1u);
  }

  ASSERT_TRUE((*data)->seal().ok());
  model::SearchRequest request;
  request.filter.kind = model::Predicate::Kind::test;
  request.filter.test.field = "event.dataset";
  request.filter.test.op = model::MatchOp::equals;
  request.filter.test.text = "nginx.access";
  std::vector<std::string> found;
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t row = 0; row < batch->size(); ++row) {
      found.emplace_back((*batch)[row].text(model::intern("n")));
    }
    return true;
  };
  ASSERT_TRUE((*data)->store().search(request, sink, none).ok());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace vedette::node
