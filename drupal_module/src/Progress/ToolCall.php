<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\background_agents\Timeline\Value;
use Drupal\Component\Uuid\Uuid;

/**
 * What a sentence says of a tool call: the tool, and what it is about.
 *
 * Made of what a model said, so nothing of it is known to be true.
 *
 * @internal
 */
final readonly class ToolCall {

  /**
   * Characters of a name in a sentence.
   */
  private const int NAME = 80;

  public function __construct(
    public string $tool,
    public ?string $entityType,
    public ?string $uuid,
    public ?string $bundle,
    public ?string $title,
  ) {}

  /**
   * Makes it of an event.
   *
   * @param array<string, mixed> $data
   *   Data of tool_started or tool_finished; arguments may be missing.
   */
  public static function of(array $data): self {
    $arguments = (array) ($data['arguments'] ?? []);
    $fields = (array) ($arguments['fields'] ?? []);
    $title = $fields['title'] ?? $fields['name'] ?? NULL;
    $title = is_array($title) && array_is_list($title) ? $title[0] ?? NULL : $title;
    $title = is_string($title) ? $title : ((array) $title)['value'] ?? NULL;
    $uuid = $arguments['id'] ?? NULL;
    return new self(
      is_string($data['tool'] ?? NULL) ? $data['tool'] : '',
      is_string($arguments['entity_type'] ?? NULL) ? $arguments['entity_type'] : NULL,
      is_string($uuid) && Uuid::isValid($uuid) ? $uuid : NULL,
      self::short($arguments['bundle'] ?? NULL),
      self::short($title),
    );
  }

  /**
   * The tool's name at its server, and the server; NULL: it is of no server.
   *
   * @return array{string, string}|null
   *   Tool and server.
   */
  public function ofServer(): ?array {
    $parts = explode('__', $this->tool, 3);
    if ($parts[0] !== 'mcp' || count($parts) !== 3) {
      return NULL;
    }
    return [(string) self::short($parts[2]), (string) self::short($parts[1])];
  }

  /**
   * A text that fits into a sentence; NULL: there is none.
   */
  public static function short(mixed $text, int $most = self::NAME): ?string {
    if (!is_string($text) || trim($text) === '') {
      return NULL;
    }
    $plain = trim((string) preg_replace('/\s+/u', ' ', (string) Value::plain(mb_substr($text, 0, 2 * $most))));
    return mb_strlen($plain) > $most ? mb_substr($plain, 0, $most - 1) . '…' : $plain;
  }

}
