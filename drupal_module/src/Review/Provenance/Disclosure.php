<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Provenance;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Records with the module AI Disclosure, where it is, that an agent wrote.
 *
 * A draft of an agent gets the grade, without human review. When a person
 * publishes what an agent wrote, the human review is set: the recorder itself
 * never says so, for a program cannot know it.
 *
 * @internal
 */
final class Disclosure {

  /**
   * The grades of AI Disclosure, for what an agent made and what it revised.
   */
  private const string MADE = 'ai_generated_autonomous';
  private const string REVISED = 'ai_partly_assisted';

  private const string SOURCE = 'background_agents';

  /**
   * Constructs a Disclosure object.
   *
   * @param \Drupal\background_agents\Review\Provenance\ProvenanceStore $store
   *   What agents wrote.
   * @param \Drupal\background_agents\Guard\AgentScope $scope
   *   Whether an agent is at work.
   * @param \Drupal\Core\Session\AccountInterface $currentUser
   *   Who saves.
   * @param object|null $recorder
   *   The service `ai_disclosure.recorder`; NULL: the module is not there.
   */
  public function __construct(
    private readonly ProvenanceStore $store,
    private readonly AgentScope $scope,
    private readonly AccountInterface $currentUser,
    private readonly ?object $recorder = NULL,
  ) {}

  /**
   * Records it in a version that is about to be saved.
   */
  public function record(ContentEntityInterface $version): void {
    $fields = $this->recorder === NULL ? [] : $this->fields($version);
    if ($fields === []) {
      return;
    }
    if ($this->scope->run() !== NULL) {
      $this->apply($version, $version->isNew());
      $this->review($version, $fields, FALSE);
      return;
    }
    $isPublished = $version->isDefaultRevision() && (!$version instanceof EntityPublishedInterface || $version->isPublished());
    $base = (int) ($version->getLoadedRevisionId() ?? 0);
    if ($isPublished && $base > 0 && $this->currentUser->isAuthenticated() && !$this->scope->isActive() && $this->store->of($version, $base) !== []) {
      $this->apply($version, FALSE);
      $this->review($version, $fields, TRUE);
    }
  }

  /**
   * Says whether a person has reviewed it.
   *
   * What an agent writes into content that was reviewed before was not.
   */
  private function review(ContentEntityInterface $version, array $fields, bool $isReviewed): void {
    foreach ($fields as $name) {
      foreach ($version->get($name) as $item) {
        $item->set('human_review', $isReviewed);
      }
    }
  }

  /**
   * Asks the recorder; it never lowers a grade.
   */
  private function apply(ContentEntityInterface $version, bool $isMade): void {
    assert($this->recorder !== NULL);
    $this->recorder->apply($version, $isMade ? self::MADE : self::REVISED, self::SOURCE, NULL, FALSE);
  }

  /**
   * Names of the fields in which the module keeps disclosures.
   *
   * @return list<string>
   *   Names of fields.
   */
  private function fields(ContentEntityInterface $version): array {
    $names = [];
    foreach ($version->getFieldDefinitions() as $name => $definition) {
      if ($definition->getType() === 'ai_disclosure') {
        $names[] = (string) $name;
      }
    }
    return $names;
  }

}
