#include "live/listener_set.hpp"

#include <algorithm>
#include <thread>

namespace vedette::node {

base::Result<std::shared_ptr<net::TlsContext>> load_tls(const base::ConfigSection& tls) {
  if (tls.text("certificate_file").empty()) return std::shared_ptr<net::TlsContext>();
  net::TlsOptions options;
  options.certificate_file = tls.text("certificate_file");
  options.key_file = tls.text("key_file");
  options.client_ca_file = tls.text("client_ca_file");
  options.require_client_certificate = tls.boolean("require_client_certificate");
  return net::TlsContext::load(options);
}

ListenerSet::ListenerSet(net::Io& io, ports::Intake& intake, base::Metrics& metrics, base::Logger& log,
                         std::string folder, std::string version)
    : io_(io),
      intake_(intake),
      metrics_(metrics),
      log_(log),
      folder_(std::move(folder)),
      version_(std::move(version)) {}

ListenerSet::~ListenerSet() = default;

base::Status ListenerSet::start_one(const ingest::ListenerInfo& info, const base::ConfigSection& config) {
  Entry entry;
  entry.name = info.name;
  entry.title = info.title;
  if (info.network && info.has_tls) {
    TRY_ASSIGN(entry.tls, load_tls(config.section("tls")));
  }
  if (info.network && !entry.tls) {
    TRY_ASSIGN(const net::Endpoint endpoint, net::Endpoint::parse(config.text("listen")));
    if (!endpoint.is_loopback()) {
      log_.warning("a listener takes plain text from other machines", {{"vedette.listener", info.name}});
    }
  }
  entry.context = std::make_unique<ingest::ListenerContext>(
      ingest::ListenerContext{io_, intake_, metrics_, log_, entry.tls, folder_ + "/listeners/" + info.name,
                              version_, search_, search_by_key_});
  entry.listener = info.make(*entry.context, config);
  TRY(entry.listener->start());
  entries_.push_back(std::move(entry));
  return base::ok_status();
}

base::Status ListenerSet::start(const base::ConfigSection& config) {
  for (const ingest::ListenerInfo& info : ingest::all_listeners()) {
    const base::ConfigSection& section = config.section(info.name);
    if (!section.boolean("enabled")) continue;
    const base::Status started = start_one(info, section);
    if (!started.ok()) return started.error().with_context("listeners." + info.name);
  }
  return base::ok_status();
}

base::Status ListenerSet::reload() {
  base::Status first = base::ok_status();
  for (const Entry& entry : entries_) {
    if (!entry.tls) continue;
    const base::Status reloaded = entry.tls->reload();
    if (!reloaded.ok() && first.ok()) first = reloaded.error().with_context("listeners." + entry.name);
  }
  return first;
}

// All at once, so that the slowest decides.
void ListenerSet::drain(std::chrono::milliseconds deadline) {
  std::vector<std::thread> threads;
  for (const Entry& entry : entries_) {
    threads.emplace_back([&entry, deadline] { entry.listener->drain(deadline); });
  }
  for (std::thread& thread : threads) thread.join();
}

std::vector<std::pair<std::string, std::string>> ListenerSet::facts() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Entry& entry : entries_) {
    out.emplace_back(entry.title, entry.listener->where() + (entry.tls ? " (TLS)" : ""));
  }
  return out;
}

std::vector<std::pair<std::string, int>> ListenerSet::certificate_days() const {
  std::vector<std::pair<std::string, int>> out;
  for (const Entry& entry : entries_) {
    if (entry.tls) out.emplace_back(entry.name, entry.tls->days_left());
  }
  return out;
}

}  // namespace vedette::node
