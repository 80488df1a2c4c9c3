<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Batch;

use Drupal\background_agents\Batch\ItemFilter;
use Drupal\background_agents\Batch\ItemQuery;
use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Render\FormattableMarkup;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * What of the chosen content an agent can be run over, and which agents can.
 *
 * @internal
 */
final class ChosenItems {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ItemQuery $query,
  ) {}

  /**
   * Active agents that may touch an entity type, and that a person may run.
   *
   * @return array<string, \Drupal\background_agents\Entity\Agent>
   *   By id, in the order of their labels.
   */
  public function agents(string $entityType, AccountInterface $account): array {
    $agents = array_filter(
      $this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]),
      static fn (mixed $agent): bool => $agent instanceof Agent && self::bundles($agent, $entityType) !== [] && $agent->access('run', $account),
    );
    uasort($agents, static fn (Agent $a, Agent $b): int => strnatcasecmp((string) $a->label(), (string) $b->label()));
    return $agents;
  }

  /**
   * Links that choose an agent.
   *
   * @param array<string, \Drupal\background_agents\Entity\Agent> $agents
   *   The agents.
   * @param int $count
   *   How many items were chosen.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function links(array $agents, int $count): array {
    $links = array_map(static fn (Agent $agent): array => [
      'title' => $agent->label(),
      'description' => new FormattableMarkup('@text', ['@text' => $agent->getDescription()]),
      'url' => Url::fromRoute('background_agents.batch_start', [], ['query' => ['agent' => $agent->id()]]),
    ], $agents);
    return [
      'question' => [
        '#markup' => '<p>' . ($links === []
          ? $this->t('There is no active agent that may work on this kind of content and that you may run.')
          : $this->formatPlural($count, 'Which agent is to be run over 1 item?', 'Which agent is to be run over @count items?')) . '</p>',
      ],
      'agents' => ['#theme' => 'admin_block_content', '#content' => $links],
    ];
  }

  /**
   * The filter for what an agent can be run over.
   */
  public function filter(Agent $agent, array $selection): ItemFilter {
    return new ItemFilter($selection['entity_type'], self::bundles($agent, $selection['entity_type']), $agent->getBinding()['langcodes'], chosen: $selection['items']);
  }

  /**
   * Says what of the selection is left out, and why.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, mixed> $selection
   *   What was chosen.
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   What the agent will be run over.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function leftOut(Agent $agent, array $selection, array $items): array {
    $sentences = [];
    if (count($items) < count($selection['items'])) {
      $filter = $this->filter($agent, $selection);
      $present = $this->query->present($filter);
      $others = array_filter($present, static fn (array $one): bool => !in_array($one['bundle'], $filter->bundles, TRUE) || !$agent->mayWriteLanguage($one['langcode']));
      $gone = count($selection['items']) - count($present);
      $hidden = count($present) - count($others) - count($items);
      $sentences = array_filter([
        $others === [] ? NULL : $this->formatPlural(count($others), '1 item is left out: the agent may not work on content of this type or in this language.', '@count items are left out: the agent may not work on content of this type or in this language.'),
        $hidden < 1 ? NULL : $this->formatPlural($hidden, '1 item is left out: you may not see it.', '@count items are left out: you may not see them.'),
        $gone < 1 ? NULL : $this->formatPlural($gone, '1 item is left out: it is not there any more.', '@count items are left out: they are not there any more.'),
      ]);
    }
    if (($selection['found'] ?? 0) > count($selection['items'])) {
      $sentences[] = $this->t('@found items fit; these are the @count that were changed last.', [
        '@found' => number_format($selection['found']),
        '@count' => number_format(count($selection['items'])),
      ]);
    }
    return array_map(static fn ($sentence): array => [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['ba-batch__why']],
      'text' => ['#plain_text' => (string) $sentence],
    ], array_values($sentences));
  }

  /**
   * The bundles of an entity type that an agent may do something with.
   *
   * @return string[]
   *   Names.
   */
  public static function bundles(Agent $agent, string $entityType): array {
    return array_map(strval(...), array_keys(array_filter($agent->getContent()[$entityType] ?? [])));
  }

}
