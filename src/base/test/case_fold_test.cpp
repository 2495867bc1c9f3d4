#include "vedette/base/case_fold.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "vedette/base/text.hpp"

namespace vedette::base {
namespace {

TEST(CaseFold, CodePoints) {
  EXPECT_EQ(fold_code_point(U'A'), U'a');
  EXPECT_EQ(fold_code_point(U'Z'), U'z');
  EXPECT_EQ(fold_code_point(U'@'), U'@');
  EXPECT_EQ(fold_code_point(U'['), U'[');
  EXPECT_EQ(fold_code_point(U'Ä'), U'ä');
  EXPECT_EQ(fold_code_point(U'×'), U'×');
  EXPECT_EQ(fold_code_point(U'ß'), U'ß');
  EXPECT_EQ(fold_code_point(U'ẞ'), U'ß');
  EXPECT_EQ(fold_code_point(U'İ'), U'İ');  // only a full and a Turkic folding
  EXPECT_EQ(fold_code_point(U'ı'), U'ı');
  EXPECT_EQ(fold_code_point(U'\x212A'), U'k');  // Kelvin sign
  EXPECT_EQ(fold_code_point(U'\x212B'), U'å');  // Angstrom sign
  EXPECT_EQ(fold_code_point(U'ſ'), U's');
  EXPECT_EQ(fold_code_point(U'µ'), U'μ');
  EXPECT_EQ(fold_code_point(U'ς'), U'σ');
  EXPECT_EQ(fold_code_point(U'Я'), U'я');
  EXPECT_EQ(fold_code_point(U'\x13A0'), U'\x13A0');  // Cherokee folds to its capitals
  EXPECT_EQ(fold_code_point(U'\xAB70'), U'\x13A0');
  EXPECT_EQ(fold_code_point(U'\x13F8'), U'\x13F0');
  EXPECT_EQ(fold_code_point(0x10400), 0x10428u);
  EXPECT_EQ(fold_code_point(0x1E921), 0x1E943u);
  EXPECT_EQ(fold_code_point(0x1E922), 0x1E922u);
  EXPECT_EQ(fold_code_point(0x10FFFF), 0x10FFFFu);
}

TEST(CaseFold, FoldingTwiceChangesNothing) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    ASSERT_EQ(fold_code_point(fold_code_point(c)), fold_code_point(c)) << static_cast<unsigned>(c);
  }
}

TEST(CaseFold, AsciiAgreesWithTheScalarFormAtEveryLengthAndOffset) {
  std::string source;
  for (int i = 0; i < 300; ++i) source += static_cast<char>(i * 7 % 128);
  for (std::size_t offset = 0; offset < 17; ++offset) {
    for (std::size_t length = 0; length < 80; ++length) {
      const std::string part = source.substr(offset, length);
      ASSERT_EQ(folded(part), to_lower_ascii(part));
    }
  }
}

TEST(CaseFold, NonAsciiAtEveryPlaceOfARun) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string text = std::string(before, 'X') + "Ä€" + std::string(after, 'Y');
      const std::string expected = std::string(before, 'x') + "ä€" + std::string(after, 'y');
      ASSERT_EQ(folded(text), expected);
    }
  }
}

TEST(CaseFold, LengthMayChange) {
  EXPECT_EQ(folded("\xE2\x84\xAA"), "k");
  EXPECT_EQ(folded("\xC8\xBA"), "\xE2\xB1\xA5");  // U+023A grows to U+2C65
}

TEST(CaseFold, InvalidBytesStay) {
  EXPECT_EQ(folded("A\xFF\x80"
                   "B\xC3"),
            "a\xFF\x80"
            "b\xC3");
  EXPECT_EQ(folded("\xED\xA0\x80"), "\xED\xA0\x80");
  EXPECT_EQ(folded(std::string(40, '\xC0') + "A"), std::string(40, '\xC0') + "a");
}

TEST(CaseFold, StaysWithinItsBound) {
  for (std::size_t count = 0; count < 70; ++count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "\xC8\xBA";
    for (std::size_t tail = 0; tail < 18; ++tail) {
      const std::string whole = text + std::string(tail, 'Q');
      std::vector<char> out(folded_bound(whole.size()));  // its end is guarded by the sanitizer build
      EXPECT_EQ(fold_into(out.data(), whole), count * 3 + tail);
    }
  }
}

TEST(CaseFold, AppendsBehindWhatIsThere) {
  std::string out = "KEEP";
  append_folded(out, "ME");
  append_folded(out, "");
  EXPECT_EQ(out, "KEEPme");
}

}  // namespace
}  // namespace vedette::base
