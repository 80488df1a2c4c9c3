<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\KnownGaps;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Run\RunListPage;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * How an agent is now: whether it can work, when it starts next, and the lists.
 *
 * @internal
 */
final class AgentNow {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
    private readonly ScheduleText $schedules,
    private readonly DraftListPage $drafts,
    private readonly KnownGaps $gaps,
  ) {}

  /**
   * What is to be said.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Agent $agent): array {
    $gaps = [...$this->accounts->validate($agent), ...$this->gaps->of($agent)];
    return [
      'gaps' => [
        '#access' => $gaps !== [],
        'title' => ['#type' => 'html_tag', '#tag' => 'h2', '#value' => $this->t('What is missing for it to work')],
        'list' => ['#theme' => 'item_list', '#items' => $gaps],
      ],
      'state' => [
        '#theme' => 'item_list',
        '#items' => [
          $agent->status() ? $this->t('The agent is active.') : $this->t('The agent is disabled: nothing starts it.'),
          ...$this->next($agent),
        ],
      ],
      'lists' => [
        '#theme' => 'links',
        '#links' => $this->links((string) $agent->id()),
        '#attributes' => ['class' => ['ba-links']],
      ],
    ];
  }

  /**
   * When its schedules start it next, and what else does.
   *
   * @return list<\Stringable>
   *   A sentence for each trigger.
   */
  private function next(Agent $agent): array {
    $sentences = [];
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties([
      'agent' => $agent->id(),
      'status' => TRUE,
    ]);
    foreach ($triggers as $trigger) {
      assert($trigger instanceof Trigger);
      $arguments = ['@trigger' => $trigger->label()];
      $sentences[] = match ($trigger->getType()) {
        'schedule' => $this->t('@trigger: next @when.', $arguments + ['@when' => $this->schedules->next($trigger, 1)[0] ?? $this->t('never again')]),
        'cron' => $this->t('@trigger: with cron.', $arguments),
        default => $this->t('@trigger: when content changes.', $arguments),
      };
    }
    return $sentences === [] ? [$this->t('No trigger starts it.')] : $sentences;
  }

  /**
   * To what it does and left.
   */
  private function links(string $agent): array {
    $links = [
      'runs' => [
        'title' => $this->t('All runs of this agent'),
        'url' => Url::fromRoute(RunListPage::ROUTE, [], ['query' => ['agent' => $agent]]),
      ],
    ];
    if ($this->drafts->isThere()) {
      $links['drafts'] = [
        'title' => $this->t('Its drafts that wait'),
        'url' => Url::fromRoute(DraftListPage::ROUTE, [], ['query' => ['agent' => $agent]]),
      ];
    }
    return array_filter($links, static fn (array $link): bool => $link['url']->access());
  }

}
