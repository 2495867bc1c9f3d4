#include <cstdlib>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "evtx/chunk.hpp"
#include "evtx_builder.hpp"
#include "evtx_rows.hpp"
#include "vedette/base/files.hpp"

namespace vedette::normalize::test {
namespace {

using Values = std::vector<TypedBytes>;

Values with_ids(std::uint16_t event_id, std::uint64_t record_id, const Values& more) {
  Values values = {{0x06, raw(event_id)}, {0x0a, raw(record_id)}};
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

// A chunk of `count` events with one Data element each ("n1", "n2", ...).
EvtxChunkBuilder plain_chunk(int count, std::vector<std::size_t>* starts = nullptr) {
  EvtxChunkBuilder c;
  for (int i = 1; i <= count; ++i) {
    if (starts) starts->push_back(c.size());
    const auto id = static_cast<std::uint64_t>(i);
    c.record(
        id, "plain",
        [&] {
          write_event(c, {{"Number", 0x01}});
        },
        with_ids(7, id, {text_value("n" + std::to_string(i))}));
  }
  return c;
}

ChunkRows one_value(std::uint8_t type, const std::string& bytes) {
  EvtxChunkBuilder c;
  c.record(
      1, "one",
      [&] {
        write_event(c, {{"V", type}});
      },
      with_ids(1, 1, {{type, bytes}}));
  return read_chunk(c.finish());
}

std::string value_text(std::uint8_t type, const std::string& bytes) {
  const ChunkRows rows = one_value(type, bytes);
  EXPECT_EQ(rows.result.records, 1u);
  EXPECT_EQ(rows.result.problem, "");
  return data_text((*rows.batch)[0], "V");
}

TEST(Evtx, EveryTypeHasTheTextThatWindowsPrints) {
  EXPECT_EQ(value_text(0x00, ""), "");
  EXPECT_EQ(value_text(0x01, utf16("abc") + std::string(2, '\0')), "abc");
  EXPECT_EQ(value_text(0x01, std::string("\xe9\0\xac\x20\x3d\xd8\x00\xde\x00\xd8", 10)), "é€😀\ufffd");
  EXPECT_EQ(value_text(0x02, std::string("caf\xe9 \x80\0", 7)), "café €");
  EXPECT_EQ(value_text(0x03, raw(std::int8_t{-5})), "-5");
  EXPECT_EQ(value_text(0x04, raw(std::uint8_t{250})), "250");
  EXPECT_EQ(value_text(0x05, raw(std::int16_t{-300})), "-300");
  EXPECT_EQ(value_text(0x06, raw(std::uint16_t{65535})), "65535");
  EXPECT_EQ(value_text(0x07, raw(std::int32_t{-70000})), "-70000");
  EXPECT_EQ(value_text(0x08, raw(std::uint32_t{4000000000})), "4000000000");
  EXPECT_EQ(value_text(0x09, raw(std::int64_t{-5000000000})), "-5000000000");
  EXPECT_EQ(value_text(0x0a, raw(~std::uint64_t{0})), "18446744073709551615");
  EXPECT_EQ(value_text(0x0b, raw(1.5f)), "1.5");
  EXPECT_EQ(value_text(0x0c, raw(-0.1)), "-0.1");
  EXPECT_EQ(value_text(0x0d, raw(std::uint32_t{1})), "true");
  EXPECT_EQ(value_text(0x0d, raw(std::uint32_t{0})), "false");
  EXPECT_EQ(value_text(0x0e, "\x01\xab\xff"), "01ABFF");
  EXPECT_EQ(value_text(0x10, raw(std::uint32_t{0xbeef})), "0xbeef");
  EXPECT_EQ(value_text(0x10, raw(std::uint64_t{0x7ffe00001234})), "0x7ffe00001234");
  EXPECT_EQ(value_text(0x14, raw(std::uint32_t{0x1fffff})), "0x1fffff");
  EXPECT_EQ(value_text(0x15, raw(std::uint64_t{0x8020000000000000})), "0x8020000000000000");
}

TEST(Evtx, GuidsTimesAndSids) {
  EXPECT_EQ(
      value_text(0x0f, std::string("\x5f\x38\x70\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9", 16)),
      "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{134087172101653240})), "2025-11-27T11:40:10.1653240Z");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{0})), "1601-01-01T00:00:00.0000000Z");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{130644576000000000})), "2014-12-31T00:00:00.0000000Z");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{125910720000000000})), "1999-12-31T00:00:00.0000000Z");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{125963424000000000})), "2000-03-01T00:00:00.0000000Z");
  EXPECT_EQ(value_text(0x11, raw(std::uint64_t{125962560000000000})), "2000-02-29T00:00:00.0000000Z");
  EXPECT_EQ(value_text(0x12, std::string("\xe9\x07\x0b\0\x04\0\x1b\0\x07\0\x28\0\x0a\0\xa5\0", 16)),
            "2025-11-27T07:40:10.165Z");
  EXPECT_EQ(value_text(0x13, std::string("\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12)), "S-1-5-18");
  EXPECT_EQ(value_text(0x13, std::string("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\xff\xff\xff\xff", 16)),
            "S-1-5-32-4294967295");
}

TEST(Evtx, BytesThatDoNotFitTheirTypeAreShownAsTheyAre) {
  EXPECT_EQ(value_text(0x0f, "\x01\x02"), "0102");
  EXPECT_EQ(value_text(0x13, std::string("\x01\xff\0\0\0\0\0\x05", 8)), "01FF000000000005");
  EXPECT_EQ(value_text(0x08, "\x01\x02"), "0102");
  EXPECT_EQ(value_text(0x55, "\x0a"), "0A");
}

TEST(Evtx, AnArrayIsAListOfValues) {
  EXPECT_EQ(value_text(0x81, utf16(std::string_view("a\0\0bc\0", 6))), R"(["a","","bc"])");
  EXPECT_EQ(value_text(0x81, utf16("alone")), "alone");
  EXPECT_EQ(value_text(0x81, ""), "");
  EXPECT_EQ(value_text(0x82, std::string("x\0y", 3)), R"(["x","y"])");
  EXPECT_EQ(value_text(0x86, raw(std::uint16_t{1}) + raw(std::uint16_t{2})), R"(["1","2"])");
  EXPECT_EQ(value_text(0x94, raw(std::uint32_t{10}) + raw(std::uint32_t{11}) + "\x01"),
            R"(["0xa","0xb","01"])");
  const std::string sid("\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12);
  EXPECT_EQ(value_text(0x93, sid + sid), R"(["S-1-5-18","S-1-5-18"])");
}

TEST(Evtx, SystemFieldsAndWhatFollowsFromThem) {
  const ChunkRows rows = read_chunk(plain_chunk(1).finish());
  ASSERT_EQ(rows.batch->size(), 1u);
  std::string json;
  model::append_json(json, (*rows.batch)[0]);
  EXPECT_EQ(
      json,
      R"({"@timestamp":"2025-11-27T11:40:11.165324Z","event.code":"7","event.kind":"event",)"
      R"("event.module":"windows","event.provider":"Vedette-Test","host.name":"Host-1.example.org",)"
      R"("host.os.type":"windows","log.level":"information","winlog.channel":"Test/Operational",)"
      R"("winlog.computer_name":"Host-1.example.org","winlog.event_data.Number":"n1","winlog.event_id":7,)"
      R"("winlog.level":4,"winlog.provider_guid":"{0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}",)"
      R"("winlog.provider_name":"Vedette-Test","winlog.record_id":1})");
  EXPECT_EQ((*rows.batch)[0].position(), 1u);
}

TEST(Evtx, LaterRecordsReferBackToTheTemplate) {
  const ChunkRows rows = read_chunk(plain_chunk(300).finish());
  EXPECT_EQ(rows.result.records, 300u);
  EXPECT_EQ(rows.result.damaged, 0u);
  EXPECT_EQ(rows.result.problem, "");
  EXPECT_EQ(data_text((*rows.batch)[299], "Number"), "n300");
}

TEST(Evtx, UnnamedDataIsNumbered) {
  EvtxChunkBuilder c;
  c.record(
      1, "classic",
      [&] {
        write_event(c, {{"", 0x81}, {"", 0x01}});
      },
      with_ids(1, 1, {{0x81, utf16(std::string_view("a\0b\0", 4))}, text_value("c")}));
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(data_text((*rows.batch)[0], "param1"), "a");
  EXPECT_EQ(data_text((*rows.batch)[0], "param2"), "b");
  EXPECT_EQ(data_text((*rows.batch)[0], "param3"), "c");
}

TEST(Evtx, LiteralsReferencesAndSectionsAreJoined) {
  EvtxChunkBuilder c;
  c.record(
      1, "mixed",
      [&] {
        c.element("Event", {}, [&] {
          write_system(c);
          c.element("EventData", {}, [&] {
            c.byte(0x0a);
            c.name("target");
            c.byte(0x0b);
            c.number(std::uint16_t{2});
            c.append(utf16("pi"));
            c.element("Data", {{"Name", [&] { c.literal("Mixed"); }}}, [&] {
              c.literal("a=");
              c.substitution(2, 0x01);
              c.byte(0x08);
              c.number(std::uint16_t{0x41});
              c.byte(0x09);
              c.name("lt");
              c.byte(0x07);
              c.number(std::uint16_t{2});
              c.append(utf16("&c"));
              c.substitution(3, 0x86);
            });
          });
        });
      },
      with_ids(1, 1, {text_value("x"), {0x86, raw(std::uint16_t{1}) + raw(std::uint16_t{2})}}));
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(rows.result.records, 1u);
  EXPECT_EQ(data_text((*rows.batch)[0], "Mixed"), "a=xA<&c1,2");
}

TEST(Evtx, ANameMayBeAValue) {
  EvtxChunkBuilder c;
  for (const char* name : {"First", "Second"}) {
    c.record(
        1, "dynamic",
        [&] {
          c.element("Event", {}, [&] {
            write_system(c);
            c.element("EventData", {}, [&] {
              c.element("Data", {{"Name", [&] { c.substitution(2, 0x01); }}},
                        [&] { c.substitution(3, 0x81); });
            });
          });
        },
        with_ids(1, 1, {text_value(name), {0x81, utf16(std::string_view("v\0w", 3))}}));
  }
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(rows.result.records, 2u);
  EXPECT_EQ(data_text((*rows.batch)[0], "First"), R"(["v","w"])");
  EXPECT_EQ(data_text((*rows.batch)[1], "Second"), R"(["v","w"])");
}

// Binary XML as a value: a template instance, or elements without dependency identifiers.
TEST(Evtx, NestedBinaryXml) {
  EvtxChunkBuilder c;
  for (std::uint64_t id = 1; id <= 2; ++id) {
    c.begin_record(id);
    c.fragment_header();
    c.template_instance("outer",
                        [&] {
                          c.element("Event", {}, [&] {
                            write_system(c);
                            c.substitution(2, 0x21);
                          });
                        },
                        {});
    c.bytes().resize(c.size() - 4);
    const std::size_t count_at = c.size();
    c.number(std::uint32_t{3});
    c.append(raw(std::uint16_t{2}) + std::string("\x06\0", 2) + raw(std::uint16_t{8}) +
             std::string("\x0a\0", 2));
    const std::size_t size_at = c.size();
    c.append(std::string("\0\0\x21\0", 4));
    c.number(std::uint16_t{5});
    c.number(id);
    const std::size_t begin = c.size();
    c.fragment_header();
    if (id == 1) {
      c.template_instance("inner",
                          [&] {
                            c.element("UserData", {}, [&] {
                              c.element("Wrapper", {{"xmlns", [&] { c.literal("urn:x"); }}}, [&] {
                                c.element("Leaf", {}, [&] { c.substitution(0, 0x08); });
                                c.element("Leaf", {}, [&] { c.literal("two"); });
                              });
                            });
                          },
                          {{0x08, raw(std::uint32_t{77})}});
    } else {
      c.bare_element("UserData", [&] {
        c.bare_element("Wrapper", [&] { c.bare_element("Leaf", [&] { c.literal("bare"); }); });
      });
    }
    c.byte(0);
    const std::string size = raw(static_cast<std::uint16_t>(c.size() - begin));
    c.bytes().replace(size_at, 2, size);
    c.end_record();
    EXPECT_GT(size_at, count_at);
  }
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(rows.result.records, 2u);
  EXPECT_EQ(field_text((*rows.batch)[0], "winlog.user_data.Leaf"), R"(["77","two"])");
  EXPECT_EQ(field_text((*rows.batch)[1], "winlog.user_data.Leaf"), "bare");
}

TEST(Evtx, ReadingGoesOnBehindADamagedRecord) {
  std::vector<std::size_t> starts;
  EvtxChunkBuilder c = plain_chunk(5, &starts);
  std::string chunk = c.finish();
  chunk.replace(starts[2], 40, std::string(40, 'x'));
  const ChunkRows rows = read_chunk(chunk);
  EXPECT_EQ(rows.result.records, 4u);
  EXPECT_EQ(rows.result.damaged, 1u);
  EXPECT_EQ(rows.result.problem, "the checksum of the chunk's records is wrong");
  ASSERT_EQ(rows.batch->size(), 5u);
  const model::Event damaged = (*rows.batch)[2];
  EXPECT_EQ(field_text(damaged, "error.message"), "no event record can be made out in these bytes");
  EXPECT_EQ(field_text(damaged, "event.original").substr(0, 8), "eHh4eHh4");
  EXPECT_EQ(data_text((*rows.batch)[3], "Number"), "n4");
}

TEST(Evtx, WhatCanBeReadOfADamagedRecordIsKept) {
  std::vector<std::size_t> starts;
  EvtxChunkBuilder c = plain_chunk(3, &starts);
  std::string chunk = c.finish();
  // The count of values of the second record, behind 24 + 4 + 10 bytes.
  chunk.replace(starts[1] + 38 + 4, 2, raw(std::uint16_t{60000}));
  const ChunkRows rows = read_chunk(chunk);
  EXPECT_EQ(rows.result.records, 2u);
  EXPECT_EQ(rows.result.damaged, 1u);
  EXPECT_EQ(field_text((*rows.batch)[1], "winlog.record_id"), "2");
  EXPECT_EQ(field_text((*rows.batch)[1], "winlog.channel"), "Test/Operational");
  EXPECT_EQ(field_text((*rows.batch)[1], "error.message"), "the values of a template run beyond the record");
  EXPECT_EQ(field_text((*rows.batch)[1], "tags"), "parse_failure");
}

TEST(Evtx, ADamagedSizeDoesNotHideTheNextRecord) {
  std::vector<std::size_t> starts;
  std::string chunk = plain_chunk(3, &starts).finish();
  chunk.replace(starts[1] + 4, 4, raw(std::uint32_t{0x00ffffff}));
  const ChunkRows rows = read_chunk(chunk);
  EXPECT_EQ(rows.result.records, 2u);
  EXPECT_EQ(rows.result.damaged, 1u);
  EXPECT_EQ(data_text((*rows.batch)[1], "Number"), "n2");
  EXPECT_EQ(field_text((*rows.batch)[1], "error.message"), "the size of the record is damaged");
  EXPECT_EQ(data_text((*rows.batch)[2], "Number"), "n3");
}

TEST(Evtx, ADamagedHeaderHidesNothing) {
  std::string chunk = plain_chunk(4).finish();
  std::string no_offsets = chunk;
  no_offsets.replace(8, 120, std::string(120, '\0'));
  ChunkRows rows = read_chunk(no_offsets);
  EXPECT_EQ(rows.result.records, 4u);
  EXPECT_EQ(rows.result.damaged, 0u);
  EXPECT_EQ(rows.result.problem, "the chunk header is damaged");
  std::string no_magic = chunk;
  no_magic.replace(0, 8, "garbage!");
  rows = read_chunk(no_magic);
  EXPECT_EQ(rows.result.records, 4u);
  EXPECT_EQ(rows.result.problem, "the chunk has no signature");
  chunk[9] = 1;
  rows = read_chunk(chunk);
  EXPECT_EQ(rows.result.records, 4u);
  EXPECT_EQ(rows.result.problem, "the checksum of the chunk header is wrong");
}

TEST(Evtx, AnUnusedChunkIsNoProblem) {
  const ChunkRows rows = read_chunk(std::string(65536, '\0'));
  EXPECT_EQ(rows.result.problem, "");
  EXPECT_TRUE(rows.batch->empty());
  EXPECT_EQ(read_chunk("").result.records, 0u);
}

TEST(Evtx, ACutChunkYieldsItsWholeRecords) {
  std::vector<std::size_t> starts;
  const std::string chunk = plain_chunk(5, &starts).finish();
  const ChunkRows rows = read_chunk(std::string_view(chunk).substr(0, starts[3] + 50));
  EXPECT_EQ(rows.result.records, 3u);
  EXPECT_EQ(rows.result.damaged, 1u);
  EXPECT_EQ(field_text((*rows.batch)[3], "winlog.record_id"), "4");
  for (std::size_t size = 0; size < 1500; ++size) read_chunk(std::string_view(chunk).substr(0, size));
}

TEST(Evtx, TemplatesThatHoldThemselvesEnd) {
  EvtxChunkBuilder c;
  c.begin_record(1);
  c.fragment_header();
  const auto self = static_cast<std::uint32_t>(c.size() + 10);
  c.template_instance("self",
                      [&] {
                        for (int i = 0; i < 1000; ++i) {
                          c.append(std::string("\x0c\x01\0\0\0\0", 6));
                          c.number(self);
                          c.number(std::uint32_t{0});
                        }
                      },
                      {});
  c.end_record();
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(rows.result.damaged, 1u);
}

TEST(Evtx, AFewBytesDoNotExpandWithoutEnd) {
  EvtxChunkBuilder c;
  const std::string long_text(20000, 'a');
  for (std::uint64_t id = 1; id <= 150; ++id) {
    c.record(id, "bomb",
             [&] {
               c.element("Event", {}, [&] {
                 c.element("EventData", {}, [&] {
                   for (int i = 0; i < 500; ++i) c.element("Data", {}, [&] { c.substitution(0, 0x01); });
                 });
               });
             },
             {id == 1 ? text_value(long_text) : text_value("b")});
  }
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(rows.result.records + rows.result.damaged, 150u);
}

TEST(Evtx, ElementsAreNestedOnlySoDeeply) {
  EvtxChunkBuilder c;
  std::function<void(int)> nest = [&](int depth) {
    if (depth > 0) c.element("E", {}, [&] { nest(depth - 1); });
  };
  c.record(1, "deep", [&] { c.element("Event", {}, [&] { nest(200); }); }, {});
  const ChunkRows rows = read_chunk(c.finish());
  EXPECT_EQ(field_text((*rows.batch)[0], "error.message"), "elements are nested too deeply");
}

TEST(Evtx, DamageAnywhereLosesNoOtherRecord) {
  const EvtxChunkBuilder built = plain_chunk(20);
  const std::size_t used = built.size();
  const std::string whole = EvtxChunkBuilder(built).finish();
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string chunk = whole;
    for (int i = 0; i < 1 + round % 4; ++i) chunk[random() % used] = static_cast<char>(random());
    const ChunkRows rows = read_chunk(chunk);
    EXPECT_EQ(rows.result.records + rows.result.damaged, rows.batch->size());
    EXPECT_GE(rows.batch->size(), 16u);
  }
}

// The inputs of the golden cases are made here; VEDETTE_UPDATE=1 writes them.
void expect_golden_input(const std::string& name, const std::string& bytes) {
  const std::string path = "tests/formats/evtx/" + name;
  if (!std::filesystem::exists("tests/formats/evtx")) GTEST_SKIP() << "not run in the source folder";
  const char* update = std::getenv("VEDETTE_UPDATE");
  if (update && std::string_view(update) == "1") {
    ASSERT_TRUE(base::write_file_atomically(path, bytes).ok());
  }
  const auto stored = base::read_file(path);
  ASSERT_TRUE(stored.ok()) << path;
  EXPECT_TRUE(*stored == bytes) << path << " is not what the test makes";
}

TEST(EvtxGolden, Types) {
  EvtxChunkBuilder c;
  const std::string sid("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0", 16);
  const std::string guid("\x5f\x38\x70\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9", 16);
  const std::vector<std::pair<NamedType, std::string>> kValues = {
      {{"String", 0x01}, utf16("text")},
      {{"Ansi", 0x02}, "caf\xe9"},
      {{"Int8", 0x03}, raw(std::int8_t{-8})},
      {{"UInt8", 0x04}, raw(std::uint8_t{8})},
      {{"Int16", 0x05}, raw(std::int16_t{-16})},
      {{"UInt16", 0x06}, raw(std::uint16_t{16})},
      {{"Int32", 0x07}, raw(std::int32_t{-32})},
      {{"UInt32", 0x08}, raw(std::uint32_t{32})},
      {{"Int64", 0x09}, raw(std::int64_t{-64})},
      {{"UInt64", 0x0a}, raw(std::uint64_t{64})},
      {{"Float", 0x0b}, raw(0.5f)},
      {{"Double", 0x0c}, raw(1e100)},
      {{"Bool", 0x0d}, raw(std::uint32_t{1})},
      {{"Bytes", 0x0e}, "\xde\xad"},
      {{"Guid", 0x0f}, guid},
      {{"Size", 0x10}, raw(std::uint64_t{0x7ff0})},
      {{"FileTime", 0x11}, raw(std::uint64_t{133'000'000'000'000'001})},
      {{"Sid", 0x13}, sid},
      {{"Hex32", 0x14}, raw(std::uint32_t{0xc000006d})},
      {{"Hex64", 0x15}, raw(std::uint64_t{0x3e7})},
      {{"Null", 0x00}, ""},
      {{"Strings", 0x81}, utf16(std::string_view("a\0b\0", 4))},
      {{"Numbers", 0x88}, raw(std::uint32_t{1}) + raw(std::uint32_t{2})},
      {{"", 0x81}, utf16(std::string_view("first\0second\0", 13))}};
  std::vector<NamedType> names;
  Values values;
  for (const auto& [named, bytes] : kValues) {
    names.push_back(named);
    values.push_back({named.type, bytes});
  }
  for (std::uint64_t id = 1; id <= 2; ++id) {
    c.record(
        id, "types", [&] { write_event(c, names); }, with_ids(4242, id, values));
  }
  expect_golden_input("types.evtx", evtx_file({c.finish()}));
}

TEST(EvtxGolden, Damaged) {
  std::vector<std::size_t> starts;
  std::string damaged = plain_chunk(6, &starts).finish();
  damaged.replace(starts[1], 24, std::string(24, 'x'));
  damaged.replace(starts[3] + 4, 4, raw(std::uint32_t{7}));
  const std::string whole = plain_chunk(4, nullptr).finish();
  expect_golden_input("damaged.evtx", evtx_file({damaged, whole.substr(0, starts[3] + 20)}));
}

}  // namespace
}  // namespace vedette::normalize::test
