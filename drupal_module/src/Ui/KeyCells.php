<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What lists say about a dispatch key, a cell each.
 *
 * @internal
 */
final class KeyCells {

  use StringTranslationTrait;

  /**
   * Labels of all agents, by id; NULL: not read yet.
   *
   * @var array<string, string>|null
   */
  private ?array $labels = NULL;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DateFormatterInterface $dates,
    private readonly TimeInterface $time,
    private readonly ReasonText $reasonText,
  ) {}

  /**
   * The agents that it is for.
   *
   * @return array<string, mixed>
   *   A cell.
   */
  public function agents(DispatchKey $key): array {
    $this->labels ??= array_map(static fn (Agent $agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    $labels = $this->labels;
    $agents = $key->agents === NULL
      ? $this->t('All that the account may run')
      : implode(', ', array_map(static fn (string $id): string => $labels[$id] ?? $id, $key->agents));
    return self::text($agents);
  }

  /**
   * When it expires, or did.
   */
  public function expires(DispatchKey $key): TranslatableMarkup {
    return match (TRUE) {
      $key->expires === NULL => $this->t('Never'),
      $key->isExpired($this->time->getCurrentTime()) => $this->t('Expired on @date', ['@date' => $this->date($key->expires)]),
      default => $this->t('On @date', ['@date' => $this->date($key->expires)]),
    };
  }

  /**
   * When, by which door and from where it was used last.
   *
   * @return array<string, mixed>
   *   A cell.
   */
  public function lastUse(DispatchKey $key): array {
    $use = $key->lastUse;
    return self::text($use === NULL ? $this->t('Never') : $this->t('@date, by @door, from @address', [
      '@date' => $this->date($use->time),
      '@door' => $this->reasonText->trigger($use->door),
      '@address' => $use->address,
    ]));
  }

  /**
   * When it was made.
   */
  public function created(DispatchKey $key): string {
    return $this->date($key->created);
  }

  /**
   * A text as a cell: it is no markup.
   *
   * @return array<string, mixed>
   *   A cell.
   */
  public static function text(string|\Stringable $text): array {
    return ['data' => ['#plain_text' => (string) $text]];
  }

  private function date(int $time): string {
    return $this->dates->format($time, 'short');
  }

}
