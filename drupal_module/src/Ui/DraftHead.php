<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * What stands above a draft: who left it, why, and what was decided.
 *
 * @internal
 */
final class DraftHead {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * Returns a render array.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Change $change): array {
    $run = $change->getRun();
    $items = [];
    foreach ($this->facts($change, $run) as $label => $value) {
      $items[] = [
        '#type' => 'html_tag',
        '#tag' => 'div',
        'label' => ['#type' => 'html_tag', '#tag' => 'dt', 'text' => ['#plain_text' => $label]],
        'value' => ['#type' => 'html_tag', '#tag' => 'dd', 'value' => $value],
      ];
    }
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-review__head']],
      'status' => ['#markup' => '<p><span class="ba-badge ba-badge--' . self::tone($change) . '">' . Change::statusLabels()[$change->getStatus()] . '</span></p>'],
      'why' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-review__why'], 'dir' => 'auto'],
        'text' => ['#plain_text' => $change->getSummary()],
        '#access' => $change->getSummary() !== '',
      ],
      'decided' => [
        '#markup' => '<p>' . $this->decided($change) . '</p>',
        '#access' => !$change->isPending() && !$change->isDryRun(),
      ],
      'facts' => ['#type' => 'html_tag', '#tag' => 'dl', '#attributes' => ['class' => ['ba-review__facts']]] + $items,
    ];
  }

  /**
   * The two comparisons.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function compare(Change $change, bool $isAgainstRead): array {
    $url = static fn (array $query): Url => Url::fromRoute('entity.background_agents_change.canonical', ['background_agents_change' => $change->id()], ['query' => $query]);
    return [
      '#access' => $change->isPending() && $change->getBaseRevisionId() !== NULL,
      '#markup' => '<p>' . ($isAgainstRead
        ? $this->t('Compared with what the agent read. <a href=":url">Compare with what is published</a>, and decide.', [':url' => $url([])->toString()])
        : $this->t('Compared with what is published. <a href=":url">Compare with what the agent read</a>.', [':url' => $url(['against' => 'read'])->toString()])) . '</p>',
    ];
  }

  /**
   * What is known of the draft, by label; values are render arrays.
   */
  private function facts(Change $change, ?Run $run): array {
    $agent = $run?->getAgent();
    $cost = $run?->getUsage()['cost_micros'] ?? 0;
    $left = $change->isDryRun() ? $this->t('Tried') : $this->t('Left');
    $facts = [
      [$this->t('Agent'), self::link($agent, 'edit-form', $run?->getAgentLabel() ?? $change->getAgentId())],
      [$this->t('Run'), $run === NULL ? [] : self::link($run, 'canonical', $this->started($run))],
      [$this->t('Model'), self::text((string) $agent?->getModel())],
      [$this->t('Cost of the run'), self::text($cost > 0 ? $this->amount($cost) : '')],
      [$left, self::text($this->dates->format($change->getCreatedTime(), 'short'))],
      [$this->t('Content'), self::link($change->getTarget(), 'canonical', '')],
    ];
    $known = array_filter($facts, static fn (array $fact): bool => ($fact[1]['#plain_text'] ?? $fact[1]) !== '' && $fact[1] !== []);
    return array_column(array_map(static fn (array $fact): array => [(string) $fact[0], $fact[1]], $known), 1, 0);
  }

  /**
   * Who asked for the run.
   */
  private function started(Run $run): string {
    $who = $run->getRequester();
    return (string) ($who === NULL ? $this->t('Started by itself') : $this->t('Started by @who', ['@who' => $who->getDisplayName()]));
  }

  private function amount(int $micros): string {
    return (string) $this->t('@amount US dollars', ['@amount' => number_format($micros / 1000000, 2)]);
  }

  private static function text(string $text): array {
    return ['#plain_text' => $text];
  }

  /**
   * A link for those who may follow it, else the text.
   */
  private static function link(?EntityInterface $entity, string $rel, string $text): array {
    $url = $entity?->hasLinkTemplate($rel) ? $entity->toUrl($rel) : NULL;
    $title = $text === '' ? (string) $entity?->label() : $text;
    return $url?->access() ? ['#type' => 'link', '#title' => $title, '#url' => $url] : self::text($text);
  }

  private function decided(Change $change): TranslatableMarkup {
    $arguments = [
      '@who' => $change->getDecidedBy()?->getDisplayName() ?? $this->t('The site'),
      '@when' => $this->dates->format((int) $change->getDecidedTime(), 'short'),
      '@status' => Change::statusLabels()[$change->getStatus()],
      '@share' => round(100 * (float) $change->getOutcomeShare()) . ' %',
      '@reason' => $change->getReason(),
    ];
    return match (TRUE) {
      $change->getReason() !== '' => $this->t('@status by @who on @when: @reason', $arguments),
      $change->getOutcome() !== NULL => $this->t('@status by @who on @when. @share of what the agent changed was published.', $arguments),
      default => $this->t('@status by @who on @when.', $arguments),
    };
  }

  private static function tone(Change $change): string {
    return match ($change->getStatus()) {
      Change::PENDING => 'warning',
      Change::ACCEPTED => 'ok',
      Change::REJECTED => 'error',
      default => 'info',
    };
  }

}
