#include "vedette/model/event_codec.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vedette::model {
namespace {

using namespace std::string_view_literals;

std::shared_ptr<const Source> source(std::string path) {
  return std::make_shared<Source>(Source{std::move(path)});
}

std::shared_ptr<const std::string> encoded(const EventBatch& batch) {
  auto bytes = std::make_shared<std::string>();
  encode_batch(*bytes, batch);
  return bytes;
}

bool same_value(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::null:
      return true;
    case ValueKind::boolean:
      return a.as_boolean() == b.as_boolean();
    case ValueKind::integer:
      return a.as_integer() == b.as_integer();
    case ValueKind::real: {
      const double x = a.as_real(), y = b.as_real();
      return std::memcmp(&x, &y, sizeof(x)) == 0;
    }
    case ValueKind::string:
      return a.as_string() == b.as_string();
    case ValueKind::list:
      return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(),
                        same_value);
  }
  return false;
}

void expect_same(const EventBatch& a, const EventBatch& b, std::uint64_t first_sequence) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].time(), b[i].time());
    EXPECT_EQ(a[i].position(), b[i].position());
    EXPECT_EQ(a[i].source().path, b[i].source().path);
    EXPECT_EQ(b[i].sequence(), first_sequence + i);
    const auto x = a[i].cells(), y = b[i].cells();
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t c = 0; c < x.size(); ++c) {
      EXPECT_EQ(x[c].field, y[c].field);
      EXPECT_TRUE(same_value(x[c].value, y[c].value)) << name_of(x[c].field);
    }
  }
}

std::shared_ptr<const EventBatch> batch_of_everything() {
  BatchBuilder builder(source("a.log"));
  FieldCache cache;
  builder.begin_row(1);
  builder.set_time(-1);
  builder.set_sequence(77);
  builder.add_named(cache, "codec.null", Value::null());
  builder.add_named(cache, "codec.true", Value::boolean(true));
  builder.add_named(cache, "codec.false", Value::boolean(false));
  builder.add_named(cache, "codec.min", Value::integer(std::numeric_limits<std::int64_t>::min()));
  builder.add_named(cache, "codec.max", Value::integer(std::numeric_limits<std::int64_t>::max()));
  builder.add_named(cache, "codec.zero", Value::integer(0));
  builder.add_named(cache, "codec.real", Value::real(-0.0));
  builder.add_named(cache, "codec.nan", Value::real(std::numeric_limits<double>::quiet_NaN()));
  builder.add_named(cache, "codec.empty", Value::string(""));
  builder.add_named(cache, "codec.invalid", Value::string(std::string_view("\xff\0\xc3", 3)));
  builder.add_named(cache, "", Value::string("a name without letters"));
  builder.add_copy(field::overflow, "x=1");
  builder.end_row();
  builder.begin_row(std::numeric_limits<std::uint64_t>::max());
  builder.set_time(std::numeric_limits<base::TimeNs>::max());
  builder.end_row();
  builder.set_source(source("b.zip/b.log"));
  builder.begin_row(0);
  builder.set_time(std::numeric_limits<base::TimeNs>::min());
  const Value items[] = {Value::null(), Value::integer(-5), Value::string("x"), Value::boolean(true),
                         Value::real(2.5)};
  builder.add_named(cache, "codec.list", Value::list(builder.arena().allocate_array<Value>(0)));
  builder.add_named(cache, "codec.items", Value::list(items));
  builder.add_derived(intern("codec.derived"), Value::string("d"));
  const std::string_view long_text = builder.arena().copy(std::string(1'000'000, 'x'));
  builder.add_named(cache, "codec.long", Value::string(long_text));
  builder.end_row();
  // The list's items live outside the batch: a copy through the codec owns everything.
  return *decode_batch(encoded(*builder.finish()), 1);
}

TEST(EventCodec, KeepsEverythingButSequences) {
  const auto batch = batch_of_everything();
  ASSERT_EQ(batch->size(), 3u);
  EXPECT_EQ((*batch)[0].find(intern("codec.invalid"))->as_string(), std::string_view("\xff\0\xc3", 3));
  EXPECT_EQ((*batch)[0].time(), -1);
  EXPECT_EQ((*batch)[2].find(intern("codec.items"))->as_list().size(), 5u);
  EXPECT_EQ((*batch)[2].source().path, "b.zip/b.log");
  const auto again = decode_batch(encoded(*batch), 42);
  ASSERT_TRUE(again.ok());
  expect_same(*batch, **again, 42);
}

TEST(EventCodec, ABatchWithoutRowsIsABatch) {
  const auto batch = decode_batch(encoded(*BatchBuilder(source("x")).finish()), 1);
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE((*batch)->empty());
}

TEST(EventCodec, AppendsToWhatIsThere) {
  std::string bytes = "before";
  encode_batch(bytes, *batch_of_everything());
  const auto batch = decode_batch(std::make_shared<std::string>(bytes.substr(6)), 1);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ((*batch)->size(), 3u);
}

TEST(EventCodec, ValuesPointIntoTheBytes) {
  BatchBuilder builder(source("x"));
  builder.begin_row(1);
  builder.add_copy(field::message, "the text");
  builder.end_row();
  const auto bytes = encoded(*builder.finish());
  const auto batch = decode_batch(bytes, 1);
  const std::string_view text = (**batch)[0].text(field::message);
  EXPECT_EQ(text, "the text");
  EXPECT_TRUE(text.data() >= bytes->data() && text.data() < bytes->data() + bytes->size());
}

TEST(EventCodec, WithSequencesSharesTheValues) {
  const auto batch = batch_of_everything();
  auto numbered = with_sequences(batch, 1000);
  expect_same(*batch, *numbered, 1000);
  EXPECT_EQ((*batch)[0].cells().data(), (*numbered)[0].cells().data());
  const auto twice = with_sequences(std::move(numbered), 5);
  expect_same(*batch, *twice, 5);
  expect_same(*batch, **decode_batch(encoded(*twice), 9), 9);
}

// A process that interned the names in another order, as one that reads another's log.
TEST(EventCodec, RowsAreSortedByTheReadersFieldIds) {
  const FieldId b = intern("codec.order.b"), a = intern("codec.order.a");
  ASSERT_LT(index_of(b), index_of(a));
  // Version, 1 row, 2 cells, 0 items, 1 source, 2 fields.
  std::string bytes("\x01\x01\x02\x00\x01\x02\x01x", 8);
  for (const std::string_view name : {"codec.order.a", "codec.order.b"}) {
    bytes += static_cast<char>(name.size());
    bytes += name;
  }
  for (const std::string_view part : {"\x02\x00\x02\x00"sv, "\x00\x0d"sv, "A"sv, "\x00\x0d"sv, "B"sv}) {
    bytes += part;
  }
  const auto batch = decode_batch(std::make_shared<std::string>(bytes), 1);
  ASSERT_TRUE(batch.ok()) << batch.error().message;
  EXPECT_EQ((**batch)[0].cells()[0].field, b);
  EXPECT_EQ((**batch)[0].text(a), "A");
  EXPECT_EQ((**batch)[0].text(b), "B");
  EXPECT_EQ((**batch)[0].time(), 1);
}

// Another process, because names are never forgotten.
TEST(EventCodec, NamesBeyondTheTableAreKeptWithTheirValues) {
  // Version, 1 row, 3 cells, 2 items, 1 source, 3 fields.
  std::string bytes("\x01\x01\x03\x02\x01\x03\x01x", 8);
  for (const std::string_view name : {"message"sv, "never.seen.a"sv, "never.seen.b"sv}) {
    bytes += static_cast<char>(name.size());
    bytes += name;
  }
  bytes += "\x03\x00\x02\x00\x00\x0dm\x00\x03\x02\x00\x16\x02\x0d"sv;
  bytes += "z"sv;
  const pid_t child = ::fork();
  if (child == 0) {
    for (std::size_t i = 0; intern("fill." + std::to_string(i)) != field::overflow;) ++i;
    const auto batch = decode_batch(std::make_shared<std::string>(bytes), 5);
    if (!batch.ok() || (**batch).size() != 1) ::_exit(1);
    const Event event = (**batch)[0];
    const Value* kept = event.find(field::overflow);
    if (!kept || event.cells().size() != 2 || event.text(field::message) != "m") ::_exit(2);
    if (!kept->is_list() || kept->as_list().size() != 2) ::_exit(3);
    if (kept->as_list()[0].as_string() != "never.seen.a=1") ::_exit(4);
    if (kept->as_list()[1].as_string() != "never.seen.b=[true,\"z\"]") ::_exit(5);
    if (event.sequence() != 5 || event.time() != 1 || event.source().path != "x") ::_exit(6);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(EventCodec, RefusesWhatCannotHaveBeenWritten) {
  const auto code = [](std::string bytes) {
    const auto batch = decode_batch(std::make_shared<std::string>(std::move(bytes)), 1);
    return batch.ok() ? std::string_view("accepted") : base::error_code_name(batch.error().code);
  };
  const std::string head("\x01\x01\x01", 3), names("\x01\x01\x01x\x01y", 6), row("\x01\x00\x00\x00", 4);
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x00\x00", 2)), "accepted");
  EXPECT_EQ(code(""), "corrupt");
  EXPECT_EQ(code(std::string("\x02", 1)), "corrupt");
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x01\x00", 2)), "corrupt");      // no such field
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x00\x07", 2)), "corrupt");      // no such tag
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x00\x08", 2)), "corrupt");      // a null with size
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x00\x00\x00", 3)), "corrupt");  // more than rows
  EXPECT_EQ(code(head + '\0' + names + std::string("\x01\x01\x00\x00\x00\x00", 6)), "corrupt");  // source
  EXPECT_EQ(code(head + '\1' + names + row + std::string("\x00\x0e\x06", 3)), "corrupt");  // list in a list
  EXPECT_EQ(code(head + '\1' + names + row + std::string("\x00\x0e\x00", 3)), "accepted");
  EXPECT_EQ(code(head + '\0' + names + row + std::string("\x00\x80\x00", 3)), "corrupt");       // long varint
  EXPECT_EQ(code(std::string("\x01\xff\xff\xff\xff\x0f\x00\x00\x01\x00\x00", 11)), "corrupt");  // rows
}

TEST(EventCodec, CutBytesAreRefused) {
  BatchBuilder builder(source("a"));
  for (std::uint64_t i = 1; i < 20; ++i) {
    builder.begin_row(i);
    builder.set_time(static_cast<base::TimeNs>(i * 1'000'000'007));
    builder.add_copy(field::message, "line " + std::to_string(i));
    builder.add(field::event_code, Value::integer(static_cast<std::int64_t>(i * i * i)));
    builder.end_row();
  }
  const std::string whole = *encoded(*builder.finish());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto batch = decode_batch(std::make_shared<std::string>(whole.substr(0, size)), 1);
    ASSERT_FALSE(batch.ok()) << size;
    EXPECT_EQ(batch.error().code, base::ErrorCode::corrupt);
  }
  EXPECT_FALSE(decode_batch(std::make_shared<std::string>(whole + '\0'), 1).ok());
}

// Damage may give other values (the log's checksums are for that) but never more than the bytes hold.
TEST(EventCodec, DamagedBytesNeverCrash) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  BatchBuilder builder(source("a"));
  const Value items[] = {Value::string("one"), Value::string("two")};
  for (std::uint64_t i = 1; i < 10; ++i) {
    builder.begin_row(i);
    builder.add_copy(field::message, "line " + std::to_string(i));
    builder.add(intern("codec.items"), Value::list(items));
    builder.end_row();
  }
  const std::string whole = *encoded(*builder.finish());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (std::uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto batch = decode_batch(std::make_shared<std::string>(std::move(bytes)), 1);
    if (!batch.ok()) continue;
    std::string json;
    for (std::size_t i = 0; i < (*batch)->size(); ++i) append_json(json, (**batch)[i]);
    expect_same(**batch, **decode_batch(encoded(**batch), 1), 1);
  }
}

}  // namespace
}  // namespace vedette::model
