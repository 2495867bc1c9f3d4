// Handlers of search, alerts and streams over a real store of events and a real record store.
#pragma once

#include <cstdlib>
#include <filesystem>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "call_double.hpp"
#include "rest/groups.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/detect/alert_book.hpp"
#include "vedette/expr/row_predicate.hpp"
#include "vedette/query/query.hpp"
#include "vedette/store/store.hpp"

namespace vedette::api::test {

inline constexpr base::TimeNs kNow = 1'700'000'000LL * base::kNsPerSecond;
inline constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;

// Events 1 to 20, a minute apart, the last one at kNow: even ones of host "web", odd ones of host "db"; users
// u0 to u4; the last two are of tenant "acme".
class HandlerFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/handlers_" + std::to_string(::getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    store::StoreOptions options;
    options.folder = folder_ + "/store";
    auto opened = store::Store::open(base::posix_file_system(), options);
    ASSERT_TRUE(opened.ok());
    store_ = std::move(*opened);
    ASSERT_TRUE(store_->append(events(1, 20)).ok());
    adapters::SqliteOptions sqlite;
    sqlite.file = folder_ + "/records.db";
    sqlite.collections = detect::alert_collections();
    for (auto& collection : search_and_alert_collections()) sqlite.collections.push_back(collection);
    auto records = adapters::open_sqlite(sqlite);
    ASSERT_TRUE(records.ok()) << records.error().message;
    records_ = std::move(*records);
    parts_.events = store_.get();
    parts_.records = records_.get();
    parts_.now = [this] { return now_; };
    make_handlers();
  }
  void TearDown() override {
    store_.reset();
    records_.reset();
    std::filesystem::remove_all(folder_);
  }
  void make_handlers() {
    handlers_.clear();
    add_search_handlers(handlers_, parts_);
    add_saved_search_handlers(handlers_, parts_);
    add_alert_handlers(handlers_, parts_);
    add_stream_handlers(handlers_, parts_);
  }

  static std::shared_ptr<const model::EventBatch> events(std::uint64_t first, std::uint64_t last) {
    model::BatchBuilder builder(std::make_shared<model::Source>());
    for (std::uint64_t n = first; n <= last; ++n) {
      builder.begin_row(n);
      builder.set_sequence(n);
      builder.set_time(kNow - static_cast<base::TimeNs>(20 - n) * kMinute);
      builder.add_copy(model::intern("event.dataset"), "test.log");
      builder.add_copy(model::intern("host.name"), n % 2 == 0 ? "web" : "db");
      builder.add_copy(model::intern("user.name"), "u" + std::to_string(n % 5));
      builder.add_copy(model::intern("message"), "=login " + std::to_string(n));
      builder.add_copy(model::intern("event.original"), "raw u" + std::to_string(n % 5));
      builder.add(model::intern("n"), model::Value::integer(static_cast<std::int64_t>(n)));
      if (n >= 19 && n <= 20) builder.add_copy(model::intern("vedette.tenant"), "acme");
      builder.end_row();
    }
    return builder.finish();
  }

  // Sees everything of the tenant.
  static Principal everyone(const std::string& id = "ada", const std::string& tenant = {}) {
    Principal who;
    who.kind = Principal::Kind::user;
    who.user_id = id;
    who.name = id + "'s name";
    who.scope.tenant = tenant;
    who.scope.rows.emplace_back();
    return who;
  }
  // Sees rows of host "web" only.
  static Principal web_only() {
    Principal who = everyone("wim");
    auto& rows = who.scope.rows[0];
    rows.filter_text = "host.name: web";
    rows.filter = *query::parse_filter(rows.filter_text, {});
    return who;
  }
  // Sees every row, without user names.
  static Principal without_users() {
    Principal who = everyone("max");
    who.scope.masked_fields = {"user.*"};
    return who;
  }

  CallDouble call(const std::string& operation, const Principal& who) {
    return CallDouble(operation, who, make_scoped_store(*store_, who.scope), records_.get());
  }
  Reply answer(CallDouble& call) { return handlers_.at(std::string(call.operation_id()))(call); }
  Reply post(const std::string& operation, const Principal& who, const std::string& body) {
    CallDouble asked = call(operation, who);
    asked.with_body(body);
    return answer(asked);
  }

  static std::string text_of(const Reply& reply) {
    return reply.raw.empty() ? boost::json::serialize(reply.body) : reply.raw;
  }
  static boost::json::object json_of(const Reply& reply) {
    return boost::json::parse(text_of(reply)).as_object();
  }

  std::string folder_;
  base::TimeNs now_ = kNow;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ports::RecordStore> records_;
  RestParts parts_;
  HandlerTable handlers_;
};

}  // namespace vedette::api::test
