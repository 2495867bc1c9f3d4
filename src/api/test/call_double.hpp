// A Call for tests of handlers: what the router would have checked is given, what is written is recorded.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>

#include "rest/call.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api::test {

class RecordingStream : public Stream {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    return ++writes < most_writes;
  }
  std::string text;
  int writes = 0;
  int most_writes = 1'000'000;  // then the client has gone
};

// Members are set before the handler is called.
class CallDouble : public Call {
 public:
  CallDouble(std::string operation, Principal who, std::shared_ptr<const ports::LogStore> events,
             ports::RecordStore* records)
      : operation_(std::move(operation)),
        who_(std::move(who)),
        events_(std::move(events)),
        records_(records) {}

  CallDouble& with_path(std::string name, std::string value) {
    path_[std::move(name)] = std::move(value);
    return *this;
  }
  CallDouble& with_query(std::string name, std::string value) {
    query_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  CallDouble& with_body(const std::string& json) {
    raw_ = json;
    body_ = boost::json::parse(json);
    return *this;
  }
  CallDouble& with_bytes(std::string bytes) {
    raw_ = std::move(bytes);
    return *this;
  }
  CallDouble& with_if_match(std::uint64_t version) {
    if_match_ = version;
    return *this;
  }

  std::string_view operation_id() const override { return operation_; }
  const Principal& principal() const override { return who_; }
  const Origin& origin() const override { return origin_; }
  std::string_view path(std::string_view name) const override { return path_.find(name)->second; }
  std::optional<std::string_view> query(std::string_view name) const override {
    for (const auto& [key, value] : query_) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  std::vector<std::string_view> query_all(std::string_view name) const override {
    std::vector<std::string_view> out;
    for (const auto& [key, value] : query_) {
      if (key == name) out.push_back(value);
    }
    return out;
  }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const override {
    const auto text = query(name);
    return text ? base::parse_int(*text).value_or(otherwise) : otherwise;
  }
  bool flag(std::string_view name) const override { return query(name) == "true"; }
  const Json& body() const override { return body_; }
  const std::string& raw_body() const override { return raw_; }
  std::optional<std::uint64_t> if_match() const override { return if_match_; }
  const base::CancellationToken& cancellation() const override { return cancelled; }
  const ports::LogStore& events() const override { return *events_; }
  std::shared_ptr<const ports::LogStore> shared_events() const override { return events_; }
  Stream& stream(std::string_view content_type, net::Headers headers) override {
    stream_type = content_type;
    stream_headers = std::move(headers);
    return recorded;
  }
  void note(std::string_view key, std::string_view value) override { notes[std::string(key)] = value; }
  void target(std::string_view target) override { targeted = target; }
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> writes) override {
    if (before_apply) std::exchange(before_apply, nullptr)();
    return records_->apply(writes);
  }

  base::CancellationToken cancelled;
  RecordingStream recorded;
  std::string stream_type, targeted;
  net::Headers stream_headers;
  std::map<std::string, std::string> notes;
  std::function<void()> before_apply;  // somebody else writes meanwhile; once

 private:
  std::string operation_;
  Principal who_;
  Origin origin_;
  std::shared_ptr<const ports::LogStore> events_;
  ports::RecordStore* records_;
  std::map<std::string, std::string, std::less<>> path_;
  std::vector<std::pair<std::string, std::string>> query_;
  Json body_;
  std::string raw_;
  std::optional<std::uint64_t> if_match_;
};

}  // namespace vedette::api::test
