#include "vedette/base/arena.hpp"

#include <gtest/gtest.h>

namespace vedette::base {
namespace {

bool aligned(const void* p, std::size_t to) {
  return reinterpret_cast<std::uintptr_t>(p) % to == 0;
}

TEST(Arena, AlignsInFirstAndFollowingBlocks) {
  Arena arena(100);
  for (int i = 0; i < 50; ++i) {
    for (const std::size_t align : {1, 2, 4, 8, 16, 64, 4096}) {
      char* at = arena.allocate(3, align);
      EXPECT_TRUE(aligned(at, align));
      std::memset(at, i, 3);
    }
    EXPECT_TRUE(aligned(arena.allocate_array<double>(5).data(), alignof(double)));
  }
}

TEST(Arena, ContentsStay) {
  Arena arena(64);
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (int i = 0; i < 300; ++i) {
    const std::string text(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    kept.emplace_back(text, arena.copy(text));
  }
  for (const auto& [text, copy] : kept) EXPECT_EQ(copy, text);
}

TEST(Arena, LargeAllocationsAndShrinking) {
  Arena arena(1024);
  char* small = arena.allocate(10);
  std::memset(small, 's', 10);
  char* large = arena.allocate(5000);
  std::memset(large, 'l', 5000);
  arena.shrink_last(large, 100);
  EXPECT_EQ(arena.allocate(50), large + 100);
  EXPECT_EQ(std::string_view(small, 10), "ssssssssss");
  EXPECT_EQ(arena.bytes_reserved(), 1024u + 5000u);
}

TEST(Arena, EmptyRequests) {
  Arena arena;
  EXPECT_TRUE(arena.copy("").empty());
  EXPECT_TRUE(arena.allocate_array<int>(0).empty());
  EXPECT_EQ(arena.bytes_reserved(), 0u);
  arena.clear();
}

TEST(Arena, ClearKeepsOneOrdinaryBlock) {
  Arena arena(1024);
  arena.allocate(100'000);
  char* ordinary = arena.allocate(1);
  for (int i = 0; i < 10; ++i) arena.allocate(1000);
  arena.clear();
  EXPECT_EQ(arena.bytes_reserved(), 1024u);
  EXPECT_EQ(arena.allocate(1), ordinary);
  arena.allocate(1000);
  EXPECT_EQ(arena.bytes_reserved(), 1024u);
}

TEST(Arena, Moves) {
  Arena arena(64);
  const std::string_view text = arena.copy("hello");
  Arena other = std::move(arena);
  EXPECT_EQ(text, "hello");
  EXPECT_EQ(arena.bytes_reserved(), 0u);
  EXPECT_EQ(arena.copy("again"), "again");  // a moved-from arena is empty, not broken
  arena = std::move(other);
  EXPECT_EQ(text, "hello");
  EXPECT_EQ(arena.bytes_reserved(), 64u);
}

TEST(ArenaDeathTest, AbsurdSizesAreOurBug) {
  Arena arena;
  EXPECT_DEATH(arena.allocate(SIZE_MAX - 3, 8), "CHECK failed");
}

}  // namespace
}  // namespace vedette::base
