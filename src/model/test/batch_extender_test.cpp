#include "vedette/model/batch_extender.hpp"

#include <gtest/gtest.h>

namespace vedette::model {
namespace {

std::shared_ptr<const EventBatch> three_events() {
  BatchBuilder builder(std::make_shared<Source>(Source{"x.log"}));
  for (int row = 0; row < 3; ++row) {
    builder.begin_row(static_cast<std::uint64_t>(row) + 10);
    builder.set_time(row + 1);
    builder.set_sequence(static_cast<std::uint64_t>(row) + 100);
    builder.add_copy(field::message, "text " + std::to_string(row));
    if (row == 1) builder.add_copy(field::tags, "old");
    builder.end_row();
  }
  return builder.finish();
}

std::string json(const Event& event) {
  std::string out;
  append_json(out, event);
  return out;
}

TEST(BatchExtender, NothingAddedIsTheSameBatch) {
  const auto batch = three_events();
  BatchExtender extender(batch);
  EXPECT_FALSE(extender.add(0, field::message, Value::integer(1)));
  EXPECT_EQ(extender.finish(), batch);
}

TEST(BatchExtender, AddsBeforeAndBehindWhatIsThereAndKeepsTheRest) {
  std::shared_ptr<const EventBatch> extended;
  const FieldId last = intern("test.extender.last");
  {
    BatchExtender extender(three_events());
    EXPECT_TRUE(extender.add(2, last, Value::string(extender.arena().copy("b"))));
    EXPECT_TRUE(extender.add(2, field::event_code, Value::integer(7)));
    EXPECT_FALSE(extender.add(2, last, Value::string("c")));
    EXPECT_EQ(extender.find(2, last)->as_string(), "b");
    EXPECT_EQ(extender.find(1, last), nullptr);
    EXPECT_EQ(extender.find(1, field::message)->as_string(), "text 1");
    extended = extender.finish();
  }
  ASSERT_EQ(extended->size(), 3u);
  EXPECT_EQ((*extended)[2].find(field::event_code)->as_integer(), 7);
  EXPECT_EQ((*extended)[2].text(last), "b");
  EXPECT_EQ((*extended)[2].text(field::message), "text 2");
  EXPECT_EQ((*extended)[2].time(), 3);
  EXPECT_EQ((*extended)[2].position(), 12u);
  EXPECT_EQ((*extended)[2].sequence(), 102u);
  EXPECT_EQ((*extended)[2].source().path, "x.log");
  EXPECT_EQ((*extended)[0].cells().size(), 1u);
  for (std::size_t row = 0; row < 3; ++row) {
    const auto cells = (*extended)[row].cells();
    for (std::size_t i = 1; i < cells.size(); ++i) {
      EXPECT_LT(index_of(cells[i - 1].field), index_of(cells[i].field));
    }
  }
}

TEST(BatchExtender, SetsGrowAndHoldEachValueOnce) {
  BatchExtender extender(three_events());
  extender.add_to_set(0, field::tags, "new");
  extender.add_to_set(1, field::tags, "new");
  extender.add_to_set(1, field::tags, "old");
  extender.add_to_set(1, field::tags, "newer");
  const auto extended = extender.finish();
  EXPECT_NE(json((*extended)[0]).find(R"("tags":"new")"), std::string::npos);
  EXPECT_NE(json((*extended)[1]).find(R"("tags":["old","new","newer"])"), std::string::npos);
  EXPECT_EQ((*extended)[2].find(field::tags), nullptr);
}

}  // namespace
}  // namespace vedette::model
