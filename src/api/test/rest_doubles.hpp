// Stand-ins for the tests of the REST API: records in memory, an audit log that remembers, people with fixed
// tokens, an exchange that records.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/call.hpp"
#include "rest/json_text.hpp"
#include "rest/server.hpp"
#include "vedette/api/access.hpp"
#include "vedette/api/audit.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api::test {

class MemoryRecords final : public ports::RecordStore {
 public:
  base::Result<std::optional<ports::StoredRecord>> get(std::string_view collection,
                                                       std::string_view id) const override;
  base::Result<ports::RecordPage> find(const ports::RecordQuery& query) const override;
  base::Result<std::uint64_t> count(const ports::RecordQuery& query) const override;
  base::Result<std::vector<std::pair<ports::ColumnValue, std::uint64_t>>> count_by(
      const ports::RecordQuery& query, std::string_view column, std::uint32_t limit) const override;
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> writes) override;
  void fail(bool fails) { fails_ = fails; }

 private:
  std::vector<ports::StoredRecord> matching(const ports::RecordQuery& query) const;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, ports::StoredRecord, std::less<>>, std::less<>> collections_;
  std::atomic<bool> fails_{false};
};

class MemoryAudit final : public AuditLog {
 public:
  explicit MemoryAudit(ports::RecordStore& records) : records_(records) {}
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> changes,
                                                 std::span<const AuditEntry> entries) override;
  std::string head() const override { return {}; }
  std::vector<AuditEntry> entries() const;
  void fail(bool fails) { fails_ = fails; }

 private:
  ports::RecordStore& records_;
  mutable std::mutex mutex_;
  std::vector<AuditEntry> entries_;
  std::atomic<bool> fails_{false};
};

// Only tokens are looked at: principal_of knows those that `add` was given. All else is refused.
class FixedAccess final : public Access {
 public:
  explicit FixedAccess(AccessOptions options) : Access(std::move(options)) {}
  void add(std::string token, Principal principal) {
    const std::lock_guard lock(mutex_);
    people_[std::move(token)] = std::move(principal);
  }
  void remove(const std::string& token) {
    const std::lock_guard lock(mutex_);
    people_.erase(token);
  }
  int asked() const { return asked_; }

  Allowed<Principal> principal_of(std::string_view token, const Origin&) override;
  bool needs_set_up() const override { return false; }
  base::Result<std::string> make_set_up_token() override { return std::string(); }
  Allowed<SignedIn> set_up(std::string_view, const NewUser&, const Origin&) override { return none(); }
  Allowed<SignedIn> sign_in(const Credentials&, const Origin&) override { return none(); }
  Allowed<SignedIn> sign_in_subject(std::string_view, std::string_view, const NewUser&, bool,
                                    const Origin&) override {
    return none();
  }
  Allowed<Done> sign_out(const Principal&, const Origin&) override { return none(); }
  Allowed<SignedIn> confirm(const Principal&, std::string_view, std::string_view, const Origin&) override {
    return none();
  }
  Allowed<SignedIn> change_password(const Principal&, std::string_view, std::string_view,
                                    const Origin&) override {
    return none();
  }
  Allowed<TotpEnrolment> begin_totp(const Principal&) override { return none(); }
  Allowed<std::vector<std::string>> finish_totp(const Principal&, std::string_view, const Origin&) override {
    return none();
  }
  Allowed<Done> remove_totp(const Principal&, std::string_view, const Origin&) override { return none(); }
  Allowed<Page<User>> users(const Principal&, std::string_view, std::uint32_t) const override {
    return none();
  }
  Allowed<User> user(const Principal&, std::string_view) const override { return none(); }
  Allowed<User> make_user(const Principal&, const NewUser&, const Origin&) override { return none(); }
  Allowed<User> change_user(const Principal&, const User&, const Origin&) override { return none(); }
  Allowed<Done> remove_user(const Principal&, std::string_view, const Origin&) override { return none(); }
  Allowed<std::string> reset_password(const Principal&, std::string_view, const Origin&) override {
    return none();
  }
  Allowed<Done> set_password(std::string_view, std::string_view, const Origin&) override { return none(); }
  Allowed<std::vector<Role>> roles(const Principal&) const override { return none(); }
  Allowed<Role> put_role(const Principal&, const Role&, const Origin&) override { return none(); }
  Allowed<Done> remove_role(const Principal&, std::string_view, const Origin&) override { return none(); }
  Allowed<std::vector<Session>> sessions(const Principal&, std::string_view) const override { return none(); }
  Allowed<Done> end_session(const Principal&, std::string_view, const Origin&) override { return none(); }
  Allowed<MadeKey> make_key(const Principal&, const ApiKey&, const Origin&) override { return none(); }
  Allowed<std::vector<ApiKey>> keys(const Principal&, bool) const override { return none(); }
  Allowed<Done> remove_key(const Principal&, std::string_view, const Origin&) override { return none(); }
  Allowed<std::vector<Tenant>> tenants(const Principal&) const override { return none(); }
  Allowed<Tenant> put_tenant(const Principal&, const Tenant&, const Origin&) override { return none(); }

 private:
  static Refusal none() {
    return {Refusal::Kind::failed, "the tests of the router do not ask for this", {}, 0};
  }
  std::mutex mutex_;
  std::map<std::string, Principal, std::less<>> people_;
  std::atomic<int> asked_{0};
};

// A request as the HTTP server reads it from `target`, and the answer.
class TestExchange final : public net::HttpExchange {
 public:
  TestExchange(std::string method, std::string_view target, net::Headers headers = {}, std::string body = {});
  net::HttpRequest& edit() { return request_; }
  const net::HttpRequest& request() const override { return request_; }
  std::string take_body() override { return std::exchange(request_.body, {}); }
  void respond(net::HttpResponse response) override;
  void begin(net::HttpResponse head) override;
  bool write(std::string_view bytes) override;
  void end() override;
  bool client_gone() const override { return gone_; }

  void leave() { gone_ = true; }
  net::HttpResponse wait();                   // the whole answer; status 0: none came
  std::string written(std::size_t at_least);  // of a stream, once it has so many bytes

 private:
  net::HttpRequest request_;
  std::mutex mutex_;
  std::condition_variable changed_;
  net::HttpResponse answer_;
  bool answered_ = false, ended_ = false;
  std::atomic<bool> gone_{false};
};

// A whole API over these, with the operations of `openapi` and these handlers.
struct TestApi {
  explicit TestApi(std::string openapi_paths, const AddHandlers& add, RestOptions options = default_options(),
                   std::string schemas = {});
  static RestOptions default_options();
  // Of a description that is refused.
  static std::string refusal(std::string openapi_paths, const AddHandlers& add, std::string schemas = {});

  std::shared_ptr<TestExchange> send(std::string method, std::string_view target, net::Headers headers = {},
                                     std::string body = {});
  net::HttpResponse ask(std::string method, std::string_view target, net::Headers headers = {},
                        std::string body = {});

  std::atomic<base::TimeNs> now{1'772'600'000'000'000'000};
  MemoryRecords records;
  MemoryAudit audit{records};
  std::string log;
  std::mutex log_mutex;
  std::unique_ptr<base::Logger> logger;
  base::Metrics metrics;
  std::unique_ptr<FixedAccess> access;
  RestParts parts;
  std::unique_ptr<RestApi> api;
};

// "Authorization: Bearer vdk_ada" and the like: ada may read events and write rules, bob nothing, root all.
net::Headers as(std::string_view who);
net::Headers with(net::Headers headers, std::string name, std::string value);
Json json_of(const net::HttpResponse& response);
std::string slug_of(const net::HttpResponse& response);  // of a problem; else empty
std::string header_of(const net::HttpResponse& response, std::string_view name);

}  // namespace vedette::api::test
