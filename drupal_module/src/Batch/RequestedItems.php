<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountSwitcherInterface;
use Drupal\user\UserInterface;

/**
 * Finds the content that a program wants an agent run over.
 *
 * What the person behind the request may see counts, as in each run: a key or a
 * token that starts agents for them need not open their content.
 *
 * @internal
 */
final class RequestedItems {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityRepositoryInterface $repository,
    private readonly ItemQuery $query,
    private readonly AccountSwitcherInterface $accountSwitcher,
    private readonly CurrentKey $currentKey,
  ) {}

  /**
   * The items, each once: as they were named, or what was changed last first.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param \stdClass $body
   *   The `request` document of the contract of batches.
   * @param int $person
   *   User id of the person for whom it is.
   *
   * @return \Drupal\background_agents\Batch\BatchItem[]
   *   Those that are there, that the person may see, and that fit the agent.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 invalid.
   */
  public function of(Agent $agent, \stdClass $body, int $person): array {
    $type = $body->entity_type ?? 'node';
    $bundles = array_map(strval(...), array_keys(array_filter($agent->getContent()[$type] ?? [])));
    $definition = $this->entityTypeManager->getDefinition($type, FALSE);
    if ($bundles === [] || !$definition instanceof ContentEntityTypeInterface) {
      throw self::wrong('/entity_type', "The agent \"{$agent->id()}\" may not work on content of the type \"$type\".");
    }
    $filter = $this->filter($agent, $body, $definition, $bundles);
    $account = $this->entityTypeManager->getStorage('user')->load($person);
    if (!$account instanceof UserInterface) {
      return [];
    }
    $this->accountSwitcher->switchTo($account);
    try {
      return $this->currentKey->setAside(fn (): array => $this->query->find($filter, $account, $body->filter->limit ?? BatchMaker::MOST));
    }
    finally {
      $this->accountSwitcher->switchBack();
    }
  }

  private function filter(Agent $agent, \stdClass $body, ContentEntityTypeInterface $definition, array $bundles): ItemFilter {
    $type = (string) $definition->id();
    $languages = $agent->getBinding()['langcodes'];
    if (isset($body->items)) {
      return new ItemFilter($type, $bundles, $languages, chosen: $this->chosen($body->items, $definition));
    }
    $asked = $body->filter;
    $wanted = array_values(array_intersect($asked->bundles ?? $bundles, $bundles));
    $spoken = !isset($asked->langcodes) ? $languages : array_values($languages === [] ? $asked->langcodes : array_intersect($asked->langcodes, $languages));
    if ($spoken === [] && isset($asked->langcodes)) {
      // No language at all would mean each of them.
      $wanted = [];
    }
    $since = isset($asked->changed_since) ? (int) strtotime($asked->changed_since) : NULL;
    return new ItemFilter($type, $wanted, $spoken, $asked->published ?? NULL, $since, $this->term($asked), $asked->empty_field ?? NULL);
  }

  /**
   * Ids and languages of named items; those that are not there are left out.
   *
   * @return list<array{string, string}>
   *   In the order in which they were named.
   */
  private function chosen(array $items, ContentEntityTypeInterface $definition): array {
    $keys = $definition->getKeys();
    $known = [];
    foreach (array_chunk(array_column($items, 'uuid'), 1000) as $some) {
      $query = $this->database->select((string) $definition->getBaseTable(), 'b')->condition('b.' . $keys['uuid'], $some, 'IN');
      foreach (['uuid', 'id', 'langcode'] as $key) {
        $query->addField('b', $keys[$key], $key);
      }
      $known += $query->execute()->fetchAllAssoc('uuid');
    }
    $chosen = [];
    foreach ($items as $item) {
      $found = $known[$item->uuid] ?? NULL;
      if ($found !== NULL) {
        $chosen[] = [(string) $found->id, $item->langcode ?? (string) $found->langcode];
      }
    }
    return $chosen;
  }

  private function term(\stdClass $asked): ?int {
    if (!isset($asked->term)) {
      return NULL;
    }
    $term = $this->entityTypeManager->hasDefinition('taxonomy_term') ? $this->repository->loadEntityByUuid('taxonomy_term', $asked->term) : NULL;
    return $term === NULL ? throw self::wrong('/filter/term', 'There is no such term.') : (int) $term->id();
  }

  private static function wrong(string $pointer, string $detail): ProblemException {
    return ProblemException::of(422, 'invalid', 'The request is not valid', "$pointer: $detail", [
      ['pointer' => $pointer, 'detail' => $detail],
    ]);
  }

}
