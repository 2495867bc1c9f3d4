// From the outbox to the receivers.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "notify/state.hpp"
#include "text_escape.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;

constexpr base::TimeNs kFirstRetry = 30 * base::kNsPerSecond;
constexpr base::TimeNs kLongestRetry = 3600 * base::kNsPerSecond;
constexpr std::uint32_t kTaken = 2000;     // deliveries at once
constexpr std::size_t kMaxTogether = 500;  // deliveries of a message
constexpr std::size_t kMaxErrorBytes = 500;
constexpr std::size_t kMaxAnswerBytes = 64 << 10;
constexpr std::chrono::milliseconds kSendTimeout{15'000};

// Doubled each time, up to an hour, and a fifth more or less: receivers that come back are not met by all.
base::TimeNs retry_after(const std::string& message, std::uint32_t attempts) {
  base::TimeNs wait = kFirstRetry;
  for (std::uint32_t i = 1; i < attempts && wait < kLongestRetry; ++i) wait *= 2;
  wait = std::min(wait, kLongestRetry);
  const auto jitter = static_cast<base::TimeNs>(base::hash64(message, attempts) % 401) - 200;  // of 1,000
  return wait + wait / 1000 * jitter;
}

double burst_of(const Channel& channel) {
  return std::max(1.0, static_cast<double>(channel.max_per_hour) / 6);
}

base::Error failed(std::string message) {
  return base::make_error(base::ErrorCode::io, std::move(message));
}

}  // namespace

base::Result<std::vector<Delivery>> Notifier::State::deliveries(Delivery::State state,
                                                                base::TimeNs due) const {
  ports::RecordQuery query;
  query.collection = "notifications";
  query.order_by = "due";
  query.tests = {{"state", ColumnTest::Op::equals, {std::string(delivery_state_name(state))}},
                 {"due", ColumnTest::Op::at_most, {due}}};
  query.limit = kTaken;
  TRY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  std::vector<Delivery> out;
  for (const ports::StoredRecord& record : page.records) {
    auto delivery = parse_delivery(record);
    if (delivery.ok()) {
      out.push_back(std::move(*delivery));
    } else {
      warn("a notification is passed over", delivery.error());
    }
  }
  return out;
}

// What was sent within the last hour counts also after a restart.
Allowance& Notifier::State::allowance_of(const Channel& channel, base::TimeNs now) {
  const double most = burst_of(channel);
  auto known = allowances.find(channel.id);
  if (known == allowances.end()) {
    ports::RecordQuery query;
    query.collection = "notifications";
    query.tests = {{"channel", ColumnTest::Op::equals, {channel.id}},
                   {"sent", ColumnTest::Op::greater, {now - kLongestRetry}}};
    query.limit = kTaken;
    std::set<std::string> messages;
    if (const auto page = parts.records->find(query); page.ok()) {
      for (const ports::StoredRecord& record : page->records) {
        if (const auto delivery = parse_delivery(record); delivery.ok()) messages.insert(delivery->message);
      }
    }
    const double left = most - std::max(0.0, static_cast<double>(messages.size()) - most * 5);
    known = allowances.emplace(channel.id, Allowance{std::max(0.0, left), now}).first;
  }
  Allowance& allowance = known->second;
  const double hours =
      static_cast<double>(std::max<base::TimeNs>(0, now - allowance.at)) / static_cast<double>(kLongestRetry);
  allowance.tokens = std::min(most, allowance.tokens + hours * channel.max_per_hour);
  allowance.at = now;
  return allowance;
}

base::Status Notifier::State::give_up(std::vector<Delivery> deliveries, const std::string& why) {
  std::vector<ports::RecordWrite> writes;
  for (Delivery& delivery : deliveries) {
    delivery.state = Delivery::State::failed;
    delivery.error = why;
    writes.push_back(to_write(delivery, delivery.version));
  }
  const auto written = parts.records->apply(writes);
  return written.ok() ? base::ok_status() : base::Status(written.error());
}

base::Status Notifier::State::seal_message(std::vector<Delivery> deliveries, base::TimeNs now) {
  std::string ids;
  for (const Delivery& delivery : deliveries) ids += delivery.id + "\n";
  const std::string message = base::hash128_hex(ids);
  std::vector<ports::RecordWrite> writes;
  for (Delivery& delivery : deliveries) {
    delivery.state = Delivery::State::sending;
    delivery.message = message;
    delivery.due = now;
    writes.push_back(to_write(delivery, delivery.version));
  }
  const auto written = parts.records->apply(writes);
  return written.ok() ? base::ok_status() : base::Status(written.error());
}

base::Status Notifier::State::assemble_channel(const std::string& channel_id, std::vector<Delivery> waiting,
                                               base::TimeNs now) {
  TRY_ASSIGN(const auto channel, this->channel(channel_id));
  if (!channel) return give_up(std::move(waiting), "the channel is not there any more");
  if (!channel->enabled) {
    std::vector<Delivery> late;
    std::copy_if(waiting.begin(), waiting.end(), std::back_inserter(late),
                 [&](const Delivery& delivery) { return delivery.give_up <= now; });
    return late.empty() ? base::ok_status() : give_up(std::move(late), "the channel is switched off");
  }
  Allowance& allowance = allowance_of(*channel, now);
  std::vector<Delivery> single, together;
  for (Delivery& delivery : waiting) (delivery.together ? together : single).push_back(std::move(delivery));
  const auto tokens = static_cast<std::size_t>(allowance.tokens);
  if (tokens == 0) return base::ok_status();
  // More than may be sent: the rest of them comes together in the last one.
  if (single.size() + (together.empty() ? 0 : 1) > tokens) {
    const auto alone = static_cast<std::ptrdiff_t>(tokens - 1);
    std::move(single.begin() + alone, single.end(), std::back_inserter(together));
    single.erase(single.begin() + alone, single.end());
  }
  for (Delivery& delivery : single) {
    TRY(seal_message({std::move(delivery)}, now));
    allowance.tokens -= 1;
  }
  if (together.empty()) return base::ok_status();
  if (together.size() > kMaxTogether) together.resize(kMaxTogether);  // the others wait for the next one
  TRY(seal_message(std::move(together), now));
  allowance.tokens -= 1;
  return base::ok_status();
}

base::Status Notifier::State::assemble(base::TimeNs now) {
  TRY_ASSIGN(std::vector<Delivery> waiting, deliveries(Delivery::State::waiting, now));
  std::map<std::string, std::vector<Delivery>> by_channel;
  for (Delivery& delivery : waiting) by_channel[delivery.channel].push_back(std::move(delivery));
  for (auto& [channel, list] : by_channel) TRY(assemble_channel(channel, std::move(list), now));
  return base::ok_status();
}

base::Result<bool> Notifier::State::attempt(std::vector<Delivery> deliveries, base::TimeNs now,
                                            const base::CancellationToken& cancel) {
  TRY_ASSIGN(const auto channel, this->channel(deliveries.front().channel));
  Outcome outcome;
  if (!channel) {
    TRY(give_up(std::move(deliveries), "the channel is not there any more"));
    return false;
  }
  if (channel->enabled) {
    notify::Outgoing message;
    message.id = deliveries.front().message;
    message.now = now;
    message.public_url = parts.public_url;
    for (const Delivery& delivery : deliveries) {
      if (message.notices.size() < notify::kMaxListed) message.notices.push_back(delivery.notice);
    }
    message.more = deliveries.size() - message.notices.size();
    outcome = send(*channel, message, now, cancel);
  } else {
    outcome.status = failed("the channel is switched off");
  }
  // It is tried again after the next start.
  if (!outcome.status.ok() && cancel.cancelled()) return false;
  std::vector<ports::RecordWrite> writes;
  for (Delivery& delivery : deliveries) {
    ++delivery.attempts;
    if (outcome.status.ok()) {
      delivery.state = Delivery::State::sent;
      delivery.sent = now;
      delivery.error.clear();
    } else {
      delivery.error = cut_text(plain_line(outcome.status.error().message), kMaxErrorBytes);
      delivery.due = std::max(now + retry_after(delivery.message, delivery.attempts), outcome.not_before);
      if (delivery.due > delivery.give_up) delivery.state = Delivery::State::failed;
    }
    writes.push_back(to_write(delivery, delivery.version));
  }
  const auto written = parts.records->apply(writes);
  if (!written.ok()) return written.error();
  return outcome.status.ok();
}

Notifier::State::Outcome Notifier::State::send(const Channel& channel, const notify::Outgoing& message,
                                               base::TimeNs now,
                                               const base::CancellationToken& cancel) const {
  const auto secrets = open(channel);
  if (!secrets.ok()) return {secrets.error(), 0};
  return channel.kind == Channel::Kind::email ? send_mail(channel, *secrets, message, now, cancel)
                                              : send_web(channel, *secrets, message, now, cancel);
}

Notifier::State::Outcome Notifier::State::send_mail(const Channel& channel, const ChannelSecrets& secrets,
                                                    const notify::Outgoing& message, base::TimeNs now,
                                                    const base::CancellationToken& cancel) const {
  if (parts.mail == nullptr) return {failed("this process sends no mail"), 0};
  ports::MailServer server;
  server.host = channel.host;
  server.port = channel.port;
  server.security = channel.security;
  server.user = channel.user;
  server.password = secrets.password;
  server.pinned_key = channel.pinned_key;
  server.allow_private = channel.allow_private;
  server.timeout = kSendTimeout;
  ports::MailMessage mail;
  mail.from = channel.from;
  mail.from_name = "Vedette";
  mail.to = channel.to;
  mail.subject = subject_of(message);
  mail.text = mail_text(message);
  mail.html = mail_html(message);
  mail.id = message.id;
  mail.time = now;
  return {parts.mail->send(server, mail, cancel), 0};
}

Notifier::State::Outcome Notifier::State::send_web(const Channel& channel, const ChannelSecrets& secrets,
                                                   const notify::Outgoing& message, base::TimeNs now,
                                                   const base::CancellationToken& cancel) const {
  if (parts.http == nullptr) return {failed("this process sends no requests"), 0};
  ports::OutboundRequest request;
  request.method = "POST";
  request.url = secrets.url;
  request.timeout = kSendTimeout;
  request.max_response_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  request.pinned_key = channel.pinned_key;
  request.allow_private = channel.allow_private;
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", message.id}};
  switch (channel.kind) {
    case Channel::Kind::slack:
      request.body = slack_json(message);
      break;
    case Channel::Kind::teams:
      request.body = teams_json(message);
      break;
    default:
      request.body = webhook_json(message);
      if (!secrets.key.empty()) {
        request.headers.emplace_back("X-Vedette-Signature",
                                     notify::signature_of(secrets.key, now, request.body));
      }
  }
  const auto answer = parts.http->send(request, cancel);
  if (!answer.ok()) return {answer.error(), 0};
  if (answer->status >= 200 && answer->status < 300) return {};
  Outcome outcome{failed(fmt::format("the receiver answered {}: {}", answer->status,
                                     cut_text(plain_line(answer->body), 200))),
                  0};
  for (const auto& [name, value] : answer->headers) {
    const auto seconds = name == "retry-after" ? base::parse_int(value) : std::nullopt;
    if (seconds && *seconds > 0) {
      outcome.not_before = now + std::min<base::TimeNs>(*seconds, 3600) * base::kNsPerSecond;
    }
  }
  return outcome;
}

base::Result<std::size_t> Notifier::send_due(const base::CancellationToken& cancellation) {
  const base::TimeNs now = state_->parts.now();
  TRY(state_->assemble(now));
  TRY_ASSIGN(std::vector<Delivery> sending, state_->deliveries(Delivery::State::sending, now));
  std::vector<std::string> order;
  std::map<std::string, std::vector<Delivery>> messages;
  for (Delivery& delivery : sending) {
    std::vector<Delivery>& list = messages[delivery.message];
    if (list.empty()) order.push_back(delivery.message);
    list.push_back(std::move(delivery));
  }
  std::size_t sent = 0;
  std::set<std::string> failing;  // channels that are not tried again in this round
  for (const std::string& message : order) {
    std::vector<Delivery>& list = messages[message];
    std::sort(list.begin(), list.end(), [](const Delivery& a, const Delivery& b) {
      return a.created != b.created ? a.created < b.created : a.id < b.id;
    });
    const std::string channel = list.front().channel;
    if (cancellation.cancelled() || state_->stopping) break;
    if (failing.contains(channel)) continue;
    TRY_ASSIGN(const bool went, state_->attempt(std::move(list), now, cancellation));
    sent += went;
    if (!went) failing.insert(channel);
  }
  return sent;
}

}  // namespace vedette::cases
