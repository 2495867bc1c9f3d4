#include "vedette/base/result.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::base {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
  if (!good) return make_error(ErrorCode::corrupt, "bad block");
  return std::make_unique<int>(7);
}
Status check(bool good) {
  return good ? ok_status() : Status(make_error(ErrorCode::io, "no"));
}

Result<int> use(bool first, bool second) {
  TRY(check(first));
  TRY_ASSIGN(const auto value, make(second));
  return *value;
}

TEST(Result, TryPassesErrorsOn) {
  EXPECT_EQ(*use(true, true), 7);
  EXPECT_EQ(use(false, true).error().code, ErrorCode::io);
  EXPECT_EQ(use(true, false).error().message, "bad block");
  EXPECT_EQ(use(true, false).error().with_context("x.evtx").message, "bad block (x.evtx)");
  EXPECT_EQ(error_code_name(ErrorCode::invalid_argument), "invalid-argument");
}

TEST(ResultDeathTest, WrongSideIsACheckFailure) {
  EXPECT_DEATH(static_cast<void>(*use(false, true)), "result.hpp.*CHECK failed");
  EXPECT_DEATH(static_cast<void>(use(true, true).error()), "CHECK failed");
}

TEST(Diagnostic, ToString) {
  Diagnostic d{Severity::error, "r.yml", {3, 5}, "unknown-modifier", "unknown modifier \"contians\"",
               "use contains"};
  EXPECT_EQ(d.to_string(),
            "r.yml:3:5: error: unknown modifier \"contians\" [unknown-modifier]\n  help: use contains");
  EXPECT_TRUE(has_errors({d}));
  d = {Severity::warning, "", {}, "", "a\x1b[2J", ""};
  EXPECT_EQ(d.to_string(), "warning: a\\x1b[2J");
  EXPECT_FALSE(has_errors({d}));
  d = {Severity::note, "f", {0, 0}, "c", "m", ""};
  EXPECT_EQ(d.to_string(), "f: note: m [c]");
  d.span.line = 2;
  EXPECT_EQ(d.to_string(), "f:2: note: m [c]");
}

// Ids are built on these: the values must never change.
TEST(Hash, IsStable) {
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2u);
  EXPECT_EQ(hash128_hex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash64("a"), hash64("a", 1));
  EXPECT_EQ(hash64("a"), hash64("a", 0));
  EXPECT_EQ(hash128_hex("vedette").size(), 32u);
}

TEST(Cancellation, Latches) {
  CancellationToken token;
  EXPECT_FALSE(token.cancelled());
  token.cancel();
  EXPECT_TRUE(token.cancelled());
}

}  // namespace
}  // namespace vedette::base
