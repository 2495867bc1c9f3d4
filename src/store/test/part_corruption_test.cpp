#include "part_fixture.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store {
namespace {

// Opens, verifies and reads the bytes as a part. Every step gives the right rows or `corrupt`; false if one
// gave an error.
bool sound(const std::string& bytes, const Batch& wanted) {
  MemoryFiles files;
  files.files["p"] = std::make_shared<std::string>(bytes);
  const auto opened = PartReader::open(files, "p");
  if (!opened.ok()) {
    EXPECT_EQ(opened.error().code, base::ErrorCode::corrupt) << opened.error().message;
    return false;
  }
  const PartReader& part = *opened.value();
  std::size_t at = 0;
  bool all_read = true;
  for (std::size_t i = 0; i < part.blocks().size(); ++i) {
    const auto block = part.open_block(i);
    const auto rows = rows_of(**block);
    if (!rows.ok()) {
      EXPECT_EQ(rows.error().code, base::ErrorCode::corrupt) << rows.error().message;
      all_read = false;
      at += part.blocks()[i].rows;
      continue;
    }
    for (std::size_t row = 0; row < rows.value()->size(); ++row, ++at) {
      EXPECT_LT(at, wanted->size());
      EXPECT_TRUE(at < wanted->size() && same((*rows.value())[row], (*wanted)[at]));
    }
  }
  const base::CancellationToken token;
  const base::Status verified = part.verify(token);
  if (!verified.ok()) {
    EXPECT_EQ(verified.error().code, base::ErrorCode::corrupt);
  }
  return all_read && verified.ok();
}

class PartCorruption : public ::testing::Test {
 protected:
  PartCorruption() {
    RandomEvents events(seed_);
    batch_ = events.batch(20);
    MemoryFiles files;
    write_part(files, "p", {batch_}, 8);
    bytes_ = *files.files["p"];
  }
  const std::uint64_t seed_ = std::random_device{}();
  Batch batch_;
  std::string bytes_;
};

TEST_F(PartCorruption, EveryChangedByteIsFound) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  ASSERT_TRUE(sound(bytes_, batch_));
  std::mt19937_64 random(seed_);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    std::string changed = bytes_;
    changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << (random() % 8)));
    ASSERT_FALSE(sound(changed, batch_)) << "byte " << i << " of " << bytes_.size();
  }
}

TEST_F(PartCorruption, EveryTruncationIsFound) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    ASSERT_FALSE(sound(bytes_.substr(0, size), batch_)) << "at " << size << " of " << bytes_.size();
  }
}

TEST_F(PartCorruption, ANewerVersionIsUnsupported) {
  MemoryFiles files;
  std::string bytes = bytes_;
  ASSERT_EQ(bytes[bytes.size() - 24], 2);
  bytes[bytes.size() - 24] = 3;
  const std::string_view trailer = std::string_view(bytes).substr(bytes.size() - 48, 32);
  const std::uint64_t checksum = base::hash64(trailer);
  bytes.replace(bytes.size() - 16, 8, reinterpret_cast<const char*>(&checksum), 8);
  files.files["p"] = std::make_shared<std::string>(bytes);
  const auto opened = PartReader::open(files, "p");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, base::ErrorCode::unsupported);
}

}  // namespace
}  // namespace vedette::store
