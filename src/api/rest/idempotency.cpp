#include "rest/idempotency.hpp"

#include <fmt/format.h>

#include "rest/json_text.hpp"
#include "rest/problem.hpp"

namespace vedette::api {
namespace {

constexpr std::string_view kKeysCollection = "idempotency_keys";
constexpr base::TimeNs kKeepAnswers = 24LL * 3600 * base::kNsPerSecond;
constexpr std::size_t kMaxKeptBytes = 1 << 20;
constexpr std::uint64_t kCleanEach = 64;
constexpr std::uint32_t kCleanAtOnce = 1000;
constexpr std::uint64_t kMaxKeptAnswers = 100'000;

// A kept answer as a document, and back.
std::string kept_document(const std::string& fingerprint, const Reply& reply) {
  boost::json::object document;
  document["fingerprint"] = fingerprint;
  document["status"] = reply.status;
  document["body"] = reply.body;
  document["raw"] = reply.raw;
  document["content_type"] = reply.content_type;
  document["etag"] = reply.etag;
  boost::json::array headers;
  for (const auto& [name, value] : reply.headers) {
    if (name != kLogHeader) headers.push_back(boost::json::array{Json(name), Json(value)});
  }
  document["headers"] = std::move(headers);
  std::string text = write_json(document);
  if (text.size() <= kMaxKeptBytes) return text;
  return write_json(boost::json::object{{"fingerprint", fingerprint}, {"status", 0}});
}

std::string text_member(const boost::json::object& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Reply reply_of_document(const boost::json::object& document) {
  const Json* status = document.if_contains("status");
  if (status == nullptr || !status->is_int64() || status->get_int64() == 0) {
    return problem(409, "idempotency-done",
                   "This request was done before; its answer was too large to be kept. Read what it made.");
  }
  Reply reply;
  reply.status = static_cast<int>(status->get_int64());
  if (const Json* body = document.if_contains("body")) reply.body = *body;
  reply.raw = text_member(document, "raw");
  reply.content_type = text_member(document, "content_type");
  reply.etag = text_member(document, "etag");
  if (const Json* headers = document.if_contains("headers"); headers != nullptr && headers->is_array()) {
    for (const Json& header : headers->get_array()) {
      const auto* pair = header.if_array();
      if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
        continue;
      reply.headers.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
    }
  }
  reply.headers.emplace_back("Idempotency-Replayed", "true");
  return reply;
}

}  // namespace

ports::CollectionSchema idempotency_collection() {
  return {std::string(kKeysCollection),
          {{"owner", ports::ColumnType::text, true}, {"expires", ports::ColumnType::integer, true}}};
}

std::optional<Reply> IdempotencyKeys::begin(const std::string& id, const std::string& fingerprint) {
  {
    const std::lock_guard lock(mutex_);
    if (!under_way_.insert(id).second) {
      return problem(409, "idempotency-under-way",
                     "The same request is still being done: ask again in a moment.");
    }
  }
  std::optional<Reply> answer = kept(id, fingerprint);
  if (answer) {
    const std::lock_guard lock(mutex_);
    under_way_.erase(id);
  }
  return answer;
}

std::optional<Reply> IdempotencyKeys::kept(const std::string& id, const std::string& fingerprint) {
  const auto record = records_.get(kKeysCollection, id);
  if (!record.ok()) return problem_of(record.error());
  if (!record->has_value()) return std::nullopt;
  const auto expires = (*record)->columns.find("expires");
  const auto* until =
      expires == (*record)->columns.end() ? nullptr : std::get_if<std::int64_t>(&expires->second);
  if (until == nullptr || *until <= now_()) return std::nullopt;
  const auto document = read_json((*record)->document);
  if (!document.ok() || !document->is_object()) return std::nullopt;
  if (text_member(document->get_object(), "fingerprint") != fingerprint) {
    return problem(422, "idempotency-reused",
                   "This Idempotency-Key was used for another request: make a new key for each.");
  }
  return reply_of_document(document->get_object());
}

void IdempotencyKeys::finish(const std::string& id, const std::string& fingerprint, const std::string& owner,
                             const Reply& reply) {
  if (reply.status >= 200 && reply.status < 300 && !reply.streamed) {
    ports::RecordWrite write;
    write.collection = std::string(kKeysCollection);
    write.id = id;
    write.document = kept_document(fingerprint, reply);
    write.columns = {{"owner", owner}, {"expires", now_() + kKeepAnswers}};
    // The request was done: that its answer cannot be kept is no reason to call it a failure.
    static_cast<void>(records_.apply(std::span(&write, 1)));
  }
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(id);
  }
  if (finished_.fetch_add(1, std::memory_order_relaxed) % kCleanEach == 0) clean();
}

void IdempotencyKeys::clean() {
  ports::RecordQuery query;
  query.collection = std::string(kKeysCollection);
  query.order_by = "expires";
  query.limit = kCleanAtOnce;
  const auto all = records_.count(query);
  if (!all.ok()) return;
  if (*all <= kMaxKeptAnswers) {
    query.tests.push_back({"expires", ports::ColumnTest::Op::at_most, {std::int64_t{now_()}}});
  }
  const auto old = records_.find(query);
  if (!old.ok()) return;
  std::vector<ports::RecordWrite> writes;
  for (const ports::StoredRecord& record : old->records) {
    ports::RecordWrite& write = writes.emplace_back();
    write.kind = ports::RecordWrite::Kind::remove;
    write.collection = query.collection;
    write.id = record.id;
  }
  if (!writes.empty()) static_cast<void>(records_.apply(writes));
}

}  // namespace vedette::api
