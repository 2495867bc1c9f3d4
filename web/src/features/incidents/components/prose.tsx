import { blocksOf, type Block, type Span } from "../lib/blocks";
import styles from "./prose.module.css";

function Spans({ spans }: { spans: readonly Span[] }) {
  return (
    <>
      {spans.map((span, index) => {
        if (span.kind === "code") return <code key={index}>{span.text}</code>;
        if (span.kind === "strong") return <strong key={index}>{span.text}</strong>;
        if (span.kind === "emphasis") return <em key={index}>{span.text}</em>;
        if (span.kind === "mention") return <span key={index} className={styles.mention}>{span.text}</span>;
        return <span key={index}>{span.text}</span>;
      })}
    </>
  );
}

function BlockOf({ block }: { block: Block }) {
  if (block.kind === "code") return <pre className={styles.code}>{block.text}</pre>;
  if (block.kind === "list") {
    const items = block.items.map((spans, index) => (
      <li key={index}>
        <Spans spans={spans} />
      </li>
    ));
    return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
  }
  if (block.kind === "heading") return <p className={styles.heading}><Spans spans={block.spans} /></p>;
  if (block.kind === "quote") return <blockquote><Spans spans={block.spans} /></blockquote>;
  return <p><Spans spans={block.spans} /></p>;
}

/** A note in Markdown: text and its shape, never a link or an element of its own. */
export function Prose({ text }: { text: string }) {
  return (
    <div className={styles.prose}>
      {blocksOf(text).map((block, index) => (
        <BlockOf key={index} block={block} />
      ))}
    </div>
  );
}
