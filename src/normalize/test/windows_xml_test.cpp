
#include <gtest/gtest.h>

#include "evtx_rows.hpp"
#include "formats/formats.hpp"

namespace vedette::normalize::test {
namespace {

struct Parsed {
  Outcome outcome = Outcome::not_mine;
  std::shared_ptr<const std::string> xml;
  std::shared_ptr<const model::EventBatch> batch;

  std::string operator[](std::string_view field) const { return field_text((*batch)[0], field); }
};

Parsed parse(const std::string& xml) {
  Parsed parsed;
  parsed.xml = std::make_shared<const std::string>(xml);
  model::BatchBuilder builder(std::make_shared<model::Source>());
  builder.hold(parsed.xml);
  model::FieldCache names;
  Row row(builder, names);
  builder.begin_row(1);
  parsed.outcome = windows_xml_format().open({})->parse(*parsed.xml, row);
  builder.end_row();
  parsed.batch = builder.finish();
  return parsed;
}

std::string event(const std::string& body) {
  return "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" + body + "</Event>";
}

Parsed parse_data(const std::string& data) {
  return parse(event("<EventData>" + data + "</EventData>"));
}

TEST(WindowsXml, SystemFields) {
  const Parsed p = parse(
      event("<System><Provider Name='P' Guid='54849625-5478-4994-a5ba-3e3b0328c30d' EventSourceName='Old'/>"
            "<EventID Qualifiers='16384'>4624</EventID><Version>2</Version><Level>0</Level><Task>12544</Task>"
            "<Opcode>0</Opcode><Keywords>0x8010000000000000</Keywords>"
            "<TimeCreated SystemTime='2026-03-04T05:06:07.1234567Z'/><EventRecordID>9</EventRecordID>"
            "<Correlation ActivityID='{0a0a0a0a-0000-0000-0000-00000000000b}'/><Execution ProcessID='4' "
            "ThreadID='8' "
            "ProcessorID='1'/><Channel>Security</Channel><Computer>Dc1</Computer><Security "
            "UserID='S-1-5-18'/></System>"));
  ASSERT_EQ(p.outcome, Outcome::parsed);
  std::string json;
  model::append_json(json, (*p.batch)[0]);
  EXPECT_EQ(
      json,
      R"({"@timestamp":"2026-03-04T05:06:07.1234567Z","event.code":"4624","event.kind":"event",)"
      R"("event.module":"windows","event.outcome":"failure","event.provider":"P","host.name":"Dc1",)"
      R"("host.os.type":"windows","log.level":"information",)"
      R"("winlog.activity_id":"{0A0A0A0A-0000-0000-0000-00000000000B}","winlog.channel":"Security",)"
      R"("winlog.computer_name":"Dc1","winlog.event_id":4624,"winlog.event_source_name":"Old",)"
      R"("winlog.keywords":"0x8010000000000000","winlog.level":0,"winlog.opcode":0,"winlog.process.pid":4,)"
      R"("winlog.process.thread.id":8,"winlog.provider_guid":"{54849625-5478-4994-A5BA-3E3B0328C30D}",)"
      R"("winlog.provider_name":"P","winlog.qualifiers":16384,"winlog.record_id":9,)"
      R"("winlog.system.Execution.ProcessorID":"1","winlog.task":12544,"winlog.user.identifier":"S-1-5-18",)"
      R"("winlog.version":2})");
}

TEST(WindowsXml, TextsAreDecodedAndOtherwiseKeptAsTheyAre) {
  const Parsed p = parse_data(
      "<Data Name='A'>a &lt;b&gt; &amp;&quot;&apos; &#65;&#x1F600;</Data><Data "
      "Name=\"B\"><![CDATA[<x>&amp;]]>!</Data>"
      "<Data Name='C'> 1\r\n2 </Data><Data Name='D'/><Data Name='E'></Data><Data Name = 'F&amp;G' >v</Data>"
      "<!-- <Data Name='H'>no</Data> --><?pi <Data?><Data>x</Data><Data>y</Data><Binary>00FF</Binary>");
  EXPECT_EQ(data_text((*p.batch)[0], "A"), "a <b> &\"' A😀");
  EXPECT_EQ(p["winlog.event_data.B"], "<x>&amp;!");
  EXPECT_EQ(p["winlog.event_data.C"], " 1\r\n2 ");
  EXPECT_EQ(p["winlog.event_data.D"], "");
  EXPECT_EQ(p["winlog.event_data.E"], "");
  EXPECT_EQ(p["winlog.event_data.F&G"], "v");
  EXPECT_EQ(p["winlog.event_data.param1"], "x");
  EXPECT_EQ(p["winlog.event_data.param2"], "y");
  EXPECT_EQ(p["winlog.event_data.Binary"], "00FF");
  EXPECT_EQ(p["error.message"], "<none>");
}

TEST(WindowsXml, TextsWithoutReferencesAreNotCopied) {
  const Parsed p = parse_data("<Data Name='A'>plain</Data>");
  model::FieldId id{};
  ASSERT_TRUE(model::FieldTable::instance().find("winlog.event_data.A", id));
  const std::string_view text = (*p.batch)[0].text(id);
  EXPECT_GE(text.data(), p.xml->data());
  EXPECT_LT(text.data(), p.xml->data() + p.xml->size());
}

TEST(WindowsXml, PrefixesAreDropped) {
  const Parsed p = parse(
      "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<e:Event "
      "xmlns:e=\"http://schemas.microsoft.com/win/2004/08/events/event\">"
      "<e:System><e:EventID>1</e:EventID></e:System><e:EventData><e:Data "
      "Name=\"N\">v</e:Data></e:EventData></e:Event>\n");
  EXPECT_EQ(p.outcome, Outcome::parsed);
  EXPECT_EQ(p["winlog.event_id"], "1");
  EXPECT_EQ(p["winlog.event_data.N"], "v");
  EXPECT_EQ(p["error.message"], "<none>");
}

TEST(WindowsXml, UserDataIsFlattened) {
  const Parsed p = parse(
      event("<UserData>\n <LogFileCleared xmlns='urn:x' Kind='k'>\n <SubjectUserName>bob</SubjectUserName>\n"
            " <Deep><Item>1</Item><Item>2</Item></Deep><Empty/></LogFileCleared></UserData>"));
  EXPECT_EQ(p["winlog.user_data.SubjectUserName"], "bob");
  EXPECT_EQ(p["winlog.user_data.Item"], R"(["1","2"])");
  EXPECT_EQ(p["winlog.user_data.Empty"], "");
  EXPECT_EQ(p["winlog.user_data.Kind"], "k");
}

TEST(WindowsXml, Rendering) {
  const Parsed p = parse(event(
      "<RenderingInfo Culture='en-US'><Message>A &amp; "
      "B</Message><Level>Warning</Level><Task>Logon</Task><Opcode/>"
      "<Keywords><Keyword>Audit Success</Keyword><Keyword>Classic</Keyword></Keywords></RenderingInfo>"));
  EXPECT_EQ(p["message"], "A & B");
  EXPECT_EQ(p["log.level"], "warning");
  EXPECT_EQ(p["winlog.rendering.Task"], "Logon");
  EXPECT_EQ(p["winlog.rendering.Keyword"], R"(["Audit Success","Classic"])");
  EXPECT_EQ(p["winlog.rendering.Culture"], "en-US");
}

TEST(WindowsXml, WhatIsReadOfBrokenXmlIsKept) {
  const std::pair<const char*, const char*> kCases[] = {
      {"<Data Name='A'>v</Data><Data Name='B'>", "a tag"},
      {"<Data Name='A'>v</Data></Wrong>", "an end tag does not match its start tag"},
      {"<Data Name='A'>v</Data><Data Name=B>", "an attribute has no quotes"},
      {"<Data Name='A'>v</Data><Data Name='B>", "an attribute is not closed"},
      {"<Data Name='A'>v</Data>&nbsp;", "an entity or character reference is unknown"},
      {"<Data Name='A'>v</Data><Data Name='B'>&#xd800;</Data>",
       "an entity or character reference is unknown"},
      {"<Data Name='A'>v</Data><![CDATA[", "a comment, section or instruction is not closed"},
      {"<Data Name='A'>v</Data><!ENTITY x SYSTEM 'file:///etc/passwd'>",
       "document types and entity declarations are refused"}};
  for (const auto& [data, message] : kCases) {
    Parsed p = parse_data(data);
    EXPECT_EQ(p["winlog.event_data.A"], "v") << data;
    EXPECT_EQ(p["tags"], "parse_failure") << data;
    if (std::string_view(message) != "a tag") {
      EXPECT_EQ(p["error.message"], message) << data;
    }
  }
  for (std::size_t size = 60; size < 120; ++size) {
    const std::string whole = event("<EventData><Data Name='A'>value</Data></EventData>");
    if (size >= whole.size()) break;
    const Parsed p = parse(whole.substr(0, size));
    if (p.outcome == Outcome::parsed) {
      EXPECT_EQ(p["tags"], "parse_failure") << size;
    }
  }
}

TEST(WindowsXml, DocumentTypesAreRefused) {
  const Parsed p = parse("<!DOCTYPE Event [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" +
                         event("<EventData><Data Name='X'>&x;</Data></EventData>"));
  EXPECT_EQ(p.outcome, Outcome::parsed);
  EXPECT_EQ(p["error.message"], "document types and entity declarations are refused");
}

TEST(WindowsXml, OtherRecordsAreNotTaken) {
  for (const char* other :
       {"", "<", "<Event", "<Events></Events>", "<Event><Name>x</Name></Event>", "{}", "plain text",
        "<EventLog xmlns='http://schemas.microsoft.com/win/2004/08/events/event'/>"}) {
    const Parsed p = parse(other);
    EXPECT_EQ(p.outcome, Outcome::not_mine) << other;
    EXPECT_TRUE((*p.batch)[0].cells().empty());
  }
  const Format& format = windows_xml_format();
  EXPECT_EQ(format.recognise(event("")), 100);
  EXPECT_EQ(format.recognise("<Event><System><EventID>1</EventID></System></Event>"), 90);
  EXPECT_EQ(format.recognise("<?xml version='1.0'?><Events>" + event("") + "</Events>"), 100);
  EXPECT_EQ(format.recognise("<Events></Events>"), 0);
}

TEST(WindowsXml, DepthIsLimited) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(parse_data(deep)["error.message"], "elements are nested too deeply");
}

TEST(WindowsXml, HostileTextsTakeLinearTime) {
  std::string pieces, references, comments;
  for (int i = 0; i < 300'000; ++i) {
    pieces += "x<a/>";
    references += "&";
    comments += "y<!---->";
  }
  parse(event("<UserData>" + pieces + "</UserData>"));
  parse_data("<Data Name='A'>" + references + "</Data>");
  EXPECT_EQ(parse_data("<Data Name='A'>" + comments + "</Data>")["winlog.event_data.A"],
            std::string(300'000, 'y'));
}

}  // namespace
}  // namespace vedette::normalize::test
