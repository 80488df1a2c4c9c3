<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Component\Utility\Html;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Session\AccountInterface;
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
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns a render array.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Change $change): array {
    $run = $change->getRun();
    $facts = array_filter([
      (string) $this->t('Agent') => $run?->getAgentLabel() ?? $change->getAgentId(),
      (string) $this->t('Left') => $this->dates->format($change->getCreatedTime(), 'short'),
      (string) $this->t('Model') => $run === NULL ? '' : $this->model($run),
    ]);
    $items = [];
    foreach ($facts as $label => $value) {
      $items[] = '<div><dt>' . Html::escape($label) . '</dt><dd>' . Html::escape((string) $value) . '</dd></div>';
    }
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-review__head']],
      'status' => ['#markup' => '<p><span class="ba-badge ba-badge--' . self::tone($change) . '">' . Change::statusLabels()[$change->getStatus()] . '</span></p>'],
      'why' => [
        '#markup' => '<p class="ba-review__why">' . Html::escape($change->getSummary()) . '</p>',
        '#access' => $change->getSummary() !== '',
      ],
      'decided' => ['#markup' => '<p>' . $this->decided($change) . '</p>', '#access' => !$change->isPending()],
      'facts' => [
        '#markup' => '<dl class="ba-review__facts">' . implode('', $items) . '</dl>',
        '#allowed_tags' => ['dl', 'div', 'dt', 'dd'],
      ],
      'links' => $this->links($change, $run),
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

  private function links(Change $change, ?Run $run): array {
    $links = [];
    $target = $change->getTarget();
    if ($target?->hasLinkTemplate('canonical') && $target->access('view', $this->currentUser)) {
      $links['content'] = ['title' => $this->t('See the content'), 'url' => $target->toUrl()];
    }
    if ($run?->access('view', $this->currentUser)) {
      $links['run'] = ['title' => $this->t('See the run'), 'url' => $run->toUrl()];
    }
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['inline', 'ba-review__links']]];
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

  private function model(Run $run): string {
    return (string) $run->getAgent()?->getModel();
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
