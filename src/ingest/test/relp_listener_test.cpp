#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "listeners/relp.hpp"
#include "test/stream_doubles.hpp"

namespace vedette::ingest::streams_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string relp_frame(int number, const std::string& command, const std::string& data) {
  return std::to_string(number) + " " + command + " " + std::to_string(data.size()) +
         (data.empty() ? "" : " " + data) + "\n";
}

std::string relp_open() {
  return relp_frame(1, "open", "relp_version=0\nrelp_software=x\ncommands=syslog");
}

TEST(Relp, AcknowledgesOnceDurable) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{10'000}}) {
    SessionBench bench;
    bench.intake.set_mode(StreamIntake::Mode::hold);
    const auto session = make_relp_session(bench.core, bench.connection);
    feed(*session, relp_open(), piece, false);
    EXPECT_THAT(bench.connection->take_sent(), StartsWith("1 rsp 5"));
    feed(*session,
         relp_frame(2, "syslog", "<1>a\nb") + relp_frame(3, "syslog", "<2>c\n") + relp_frame(4, "close", ""),
         piece, false);
    EXPECT_EQ(bench.connection->take_sent(), "");
    bench.intake.answer_held(true);
    EXPECT_EQ(bench.connection->take_sent(), "2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 0\n0 serverclose 0\n");
    EXPECT_THAT(bench.intake.texts(), ElementsAre("<1>a\nb", "<2>c"));
    EXPECT_TRUE(bench.connection->closed);
  }
}

TEST(Relp, TellsThatAMessageWasNotKept) {
  SessionBench bench;
  bench.intake.set_mode(StreamIntake::Mode::hold);
  const auto session = make_relp_session(bench.core, bench.connection);
  feed(*session, relp_open() + relp_frame(2, "syslog", "<1>a"), 1000, false);
  bench.connection->take_sent();
  bench.intake.answer_held(false);
  EXPECT_THAT(bench.connection->take_sent(), StartsWith("2 rsp 19 500 not kept, again\n"));
}

TEST(Relp, ClosesOnGarbage) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n"), std::string("\n"), std::string("1 open\n"),
        std::string("1 open 99999999999\n"), std::string("x open 1 y\n"), std::string("1 open 3 abcd\n"),
        std::string(1000, 'a'), relp_frame(1, "syslog", "<1>a"), relp_open() + "2 syslog 99999999 "}) {
    SessionBench bench;
    const auto session = make_relp_session(bench.core, bench.connection);
    feed(*session, bytes, 5, false);
    EXPECT_TRUE(bench.connection->closed) << bytes.substr(0, 40);
    EXPECT_EQ(bench.intake.letters().size(), 1u);
    EXPECT_TRUE(bench.intake.texts().empty());
  }
}

}  // namespace
}  // namespace vedette::ingest::streams_test
