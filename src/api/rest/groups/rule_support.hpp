// What the groups rules, exceptions, intel, sources and settings have in common.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "rest/call.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/detect/rule_book.hpp"
#include "vedette/model/alert_record.hpp"
#include "vedette/model/search.hpp"

namespace vedette::api::rule_group {

// A JSON object; what is not there, null or of another type is empty. Refers to the value it is made of.
class Members {
 public:
  explicit Members(const Json& json) : object_(json.if_object()) {}
  const Json* find(std::string_view name) const;  // nullptr for null, too
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;

 private:
  const boost::json::object* object_;
};

Json text_json(std::string_view text);           // valid UTF-8 always
Json optional_text_json(std::string_view text);  // null if empty
Json texts_json(const std::vector<std::string>& texts);
// A JSON text of our own making; null if it is none.
Json parsed_json(const std::string& text);
std::string written_json(const Json& json);

// 428 without If-Match, 412 if it names another version; nullopt: go on.
std::optional<Reply> check_match(const Call& call, std::uint64_t version);
// The same where If-Match may be left out.
std::optional<Reply> check_optional_match(const Call& call, std::uint64_t version);
Reply reply_json(int status, Json body, std::uint64_t version);
Reply no_content();
Reply group_missing(std::string_view what);  // 404: this process does not serve it
// 403 unless the caller has the permission.
std::optional<Reply> check_permission(const Call& call, Permission permission, std::string_view why);

// RFC 3339, or nullopt.
std::optional<base::TimeNs> time_of(const Json* json);
// `from` and `to` of a body, both needed.
Allowed<model::TimeRange> range_of(const Json& body);

detect::Edit edit_of(const Call& call, const RestParts& parts, std::string message);

Json diagnostics_json(const base::Diagnostics& diagnostics);
// 422 with a problem at /yaml (or where `pointer` says) for each error.
Reply diagnostics_problem(const base::Diagnostics& diagnostics, std::string_view pointer);
Json alert_json(const model::AlertRecord& alert);

// Lets the node take up what was written; a problem if it cannot.
std::optional<Reply> reload_rules(const RestParts& parts);

// What a back-test counts: over time, by key, with the first samples. Bounded whatever it is given.
class Tally {
 public:
  static constexpr std::size_t kMaxBuckets = 500, kMaxKeys = 10'000, kTopKeys = 20, kSamples = 100;

  explicit Tally(const model::TimeRange& range);
  void add(base::TimeNs time, std::string_view key);
  // Whether there is room for one more sample.
  bool wants_sample() const { return samples_.size() < kSamples; }
  void add_sample(Json sample) { samples_.push_back(std::move(sample)); }
  // How far of the range a time is, 0..1.
  double share(base::TimeNs time) const;

  Json interval_json() const;  // seconds
  Json buckets_json() const;   // [{"time", "count"}], every bucket of the range
  Json top_json(std::string_view key_name) const;
  boost::json::array take_samples() { return std::move(samples_); }

 private:
  model::TimeRange range_;
  base::TimeNs width_ = 1;
  std::vector<std::uint64_t> buckets_;
  std::map<std::string, std::uint64_t, std::less<>> keys_;
  boost::json::array samples_;
};

}  // namespace vedette::api::rule_group
