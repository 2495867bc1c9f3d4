#include <set>

#include <gtest/gtest.h>

#include "test/http_doubles.hpp"
#include "vedette/ingest/listener.hpp"

namespace vedette::ingest::test {
namespace {

TEST(ListenerRegister, NamesKeysAndDefaultsAreWhole) {
  std::set<std::string> names, addresses;
  for (const ListenerInfo& info : all_listeners()) {
    SCOPED_TRACE(info.name);
    EXPECT_TRUE(names.insert(info.name).second);
    EXPECT_FALSE(info.title.empty() || info.summary.empty());
    EXPECT_TRUE(info.make);
    if (info.network) {
      EXPECT_FALSE(info.default_listen.empty());
    }
    const std::vector<base::ConfigKey> keys = listener_keys(info);
    std::set<std::string> key_names;
    for (const base::ConfigKey& key : keys) {
      EXPECT_TRUE(key_names.insert(key.name).second) << key.name;
      EXPECT_FALSE(key.summary.empty()) << key.name;
    }
    const base::LoadedConfig loaded = base::load_config(keys, {});
    for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.to_string();
  }
}

// Made as the node makes them, on real sockets.
TEST(ListenerRegister, ListenersOverHttpStartAndDrain) {
  net::Io io(1);
  RecordingIntake intake;
  base::Metrics metrics;
  base::Logger log;
  for (const ListenerInfo& info : all_listeners()) {
    if (info.name != "elasticsearch" && info.name != "splunk_hec" && info.name != "otlp_http" &&
        info.name != "otlp_grpc" && info.name != "ndjson") {
      continue;
    }
    SCOPED_TRACE(info.name);
    base::ConfigSource source;
    source.yaml = "listen: 127.0.0.1:0\n";
    const base::LoadedConfig loaded = base::load_config(listener_keys(info), source);
    const ListenerContext context{io, intake, metrics, log, nullptr, "", "1.0.0", nullptr};
    const std::unique_ptr<Listener> listener = info.make(context, loaded.root);
    const base::Status started = listener->start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    EXPECT_TRUE(listener->where().starts_with("127.0.0.1:"));
    EXPECT_FALSE(listener->where().ends_with(":0"));
    listener->drain(std::chrono::milliseconds(100));
  }
  io.stop();
}

}  // namespace
}  // namespace vedette::ingest::test
