// Damage to each kind of file: the store starts and says what is wrong.
#include <random>

#include "engine_fixture.hpp"

namespace vedette::store {
namespace {

class EngineDamageTest : public EngineFixture {
 protected:
  void fill() {
    auto store = open();
    for (std::uint64_t at = 1; at < 61; at += 20) {
      ASSERT_TRUE(store->append(events(at, at + 20, 1, 2)).ok());
      ASSERT_TRUE(store->seal().ok());
    }
  }
  void damage(const std::string& path, std::size_t from_end = 10) {
    std::string bytes = memory_.get(path);
    bytes[bytes.size() - from_end] = static_cast<char>(bytes[bytes.size() - from_end] ^ 0x40);
    memory_.put(path, bytes);
  }
};

TEST_F(EngineDamageTest, PartsThatAreDamagedAreQuarantined) {
  fill();
  const auto files = part_files(memory_, "/store/parts");
  ASSERT_EQ(files.size(), 6u);
  damage(files[0]);
  memory_.put(files[1], "");
  ASSERT_TRUE(memory_.remove(files[2]).ok());
  for (int again = 0; again < 2; ++again) {
    const auto store = open();
    EXPECT_EQ(held(*store).size(), 30u);
    EXPECT_EQ(store->sealed_to(), 61u);
    EXPECT_EQ(store->use().quarantined.size(), again == 0 ? 3u : 2u);
    ASSERT_TRUE(store->append(events(1, 70, 1, 2)).ok());
    EXPECT_EQ(held(*store).size(), 39u);
  }
  EXPECT_TRUE(reported("quarantine"));
  EXPECT_EQ(part_files(memory_, "/store/quarantine").size(), 2u);
}

TEST_F(EngineDamageTest, VerifyFindsDamageWithinParts) {
  fill();
  const auto files = part_files(memory_, "/store/parts");
  const auto store = open();
  ASSERT_TRUE(store->verify(true, {})->empty());
  damage(files[0], memory_.get(files[0]).size() - 40);
  const auto damaged = store->verify(false, {});
  ASSERT_TRUE(damaged.ok());
  ASSERT_EQ(damaged->size(), 1u);
  EXPECT_EQ(parts(*store), 6u);
  ASSERT_EQ(store->verify(true, {})->size(), 1u);
  EXPECT_EQ(parts(*store), 5u);
  EXPECT_EQ(held(*store).size(), 50u);
  EXPECT_TRUE(store->verify(true, {})->empty());
  ASSERT_TRUE(store->compact({}).ok());
  EXPECT_EQ(held(*store).size(), 50u);
}

TEST_F(EngineDamageTest, AManifestThatIsDamagedIsMadeAgain) {
  fill();
  const std::string manifest = memory_.get("/store/manifest");
  for (std::size_t at = 0; at < manifest.size(); at += 13) {
    std::string bytes = manifest;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    memory_.put("/store/manifest", bytes);
    if (at % 2) {
      ASSERT_TRUE(memory_.remove("/store/manifest.old").ok());
    }
    const auto store = open();
    ASSERT_EQ(store->sealed_to(), at % 2 ? 0u : 41u) << at;
    ASSERT_EQ(held(*store), numbers(1, 61));
    ASSERT_TRUE(store->append(events(store->sealed_to(), 66, 1, 2)).ok());
    ASSERT_EQ(held(*store), numbers(at % 2 ? 0 : 1, 66));
    memory_.put("/store/manifest.old", manifest);
    std::string old = manifest;
    memory_.put("/store/manifest.old", with_checksum([&] {
                  std::string text(*without_checksum(old));
                  text.replace(text.find("sealed_to 61"), 12, "sealed_to 41");
                  return text;
                }()));
  }
  EXPECT_TRUE(reported("made again"));
}

TEST_F(EngineDamageTest, ReadersGoOnWithAManifestThatIsDamaged) {
  fill();
  // The last seal of the writer is not in manifest.old.
  damage("/store/manifest");
  const std::string manifest = memory_.get("/store/manifest");
  options_.read_only = true;
  for (const bool with_old : {true, false}) {
    if (!with_old) {
      ASSERT_TRUE(memory_.remove("/store/manifest.old").ok());
    }
    const auto reader = open();
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->sealed_to(), with_old ? 41u : 0u);
    EXPECT_EQ(held(*reader), numbers(1, 61));
    // As the log gives them from there on.
    ASSERT_TRUE(reader->append(events(with_old ? 41 : 1, 66, 1, 2)).ok());
    EXPECT_EQ(held(*reader), numbers(1, 66));
    ASSERT_TRUE(reader->refresh().ok());
    EXPECT_EQ(held(*reader), numbers(1, 66));
  }
  EXPECT_TRUE(reported("what is read are the parts"));
  EXPECT_EQ(memory_.get("/store/manifest"), manifest);
}

TEST_F(EngineDamageTest, ReadersLeaveOutPartsOfUnfinishedWork) {
  fill();
  const auto files = part_files(memory_, "/store/parts");
  memory_.put("/store/parts/2024-10-04/set0/999.vpart", memory_.get(files[0]));
  memory_.put("/store/parts/2024-10-04/set0/1000.vpart", "torn");
  damage("/store/manifest");
  options_.read_only = true;
  EXPECT_EQ(held(*open()), numbers(1, 61));
}

// After the manifest was made again the parts hold events from sealed_to on, which the log gives once more.
TEST_F(EngineDamageTest, ReadersSeeEventsOnceBesideAWriterThatRecovered) {
  fill();
  damage("/store/manifest");
  const auto writer = open();
  ASSERT_EQ(writer->sealed_to(), 41u);
  options_.read_only = true;
  const auto reader = open();
  ASSERT_EQ(reader->sealed_to(), 41u);
  ASSERT_TRUE(reader->append(events(41, 66, 1, 2)).ok());
  EXPECT_EQ(held(*reader), numbers(1, 66));
}

TEST_F(EngineDamageTest, APartWhoseSequenceNumbersAreDamagedDoesNotStopTheStart) {
  fill();
  damage("/store/manifest");
  ASSERT_EQ(open()->sealed_to(), 41u);
  std::string newest;
  for (const std::string& file : part_files(memory_, "/store/parts")) {
    if (file.ends_with("/5.vpart")) newest = file;
  }
  ASSERT_FALSE(newest.empty());
  std::string bytes = memory_.get(newest);
  for (std::size_t at = 8; at < 200; ++at) bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  memory_.put(newest, bytes);
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(held(*store).size(), 50u);
  EXPECT_TRUE(reported("quarantine"));
}

TEST_F(EngineDamageTest, ManifestsOfNewerProgramsAreLeftAlone) {
  fill();
  const std::string newer = with_checksum("vedette-store 2\nwhatever\n");
  memory_.put("/store/manifest", newer);
  const auto store = open_store(memory_, options_, tuning_);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, base::ErrorCode::unsupported);
  EXPECT_EQ(memory_.get("/store/manifest"), newer);
}

TEST_F(EngineDamageTest, FilesOfUnfinishedWorkAreRemoved) {
  fill();
  const auto files = part_files(memory_, "/store/parts");
  memory_.put("/store/parts/2024-10-04/set0/999.vpart", memory_.get(files[0]));
  memory_.put("/store/parts/2024-10-04/set0/1000.vpart", "torn");
  EXPECT_EQ(held(*open()), numbers(1, 61));
  EXPECT_EQ(part_files(memory_, "/store/parts"), files);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(EngineDamageTest, PinsThatAreDamagedArePutAside) {
  fill();
  ASSERT_TRUE(open()->pin("incident-1", {1, 2}).ok());
  damage("/store/pins/incident-1");
  EXPECT_EQ(held(*open()), numbers(1, 61));
  EXPECT_TRUE(reported("incident-1"));
  EXPECT_TRUE(memory_.exists("/store/quarantine/pin_incident-1"));
}

TEST_F(EngineDamageTest, ManifestTextsOfAnyKindAreRefused) {
  std::mt19937 random(11);
  const std::string good = "vedette-store 1\nsealed_to 5\nnext_part 2\npart 1 2024-10-04 a 1 2 3 4 5 6 7 8\n";
  ASSERT_TRUE(decode_manifest(with_checksum(good)).ok());
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int edits = 0; edits < 1 + round % 3; ++edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2) text.erase(at, 1 + random() % 4);
      if (text.empty()) break;
      text[random() % text.size()] = static_cast<char>(random() % 2 ? '0' + random() % 10 : random() % 128);
    }
    const auto manifest = decode_manifest(with_checksum(text));
    if (manifest.ok()) {
      EXPECT_LE(manifest->parts.size(), 1u);
    }
  }
}

}  // namespace
}  // namespace vedette::store
