<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\background_agents\Review\FourEyes;
use Drupal\background_agents\Review\Outcome\Outcome;
use Drupal\background_agents\Review\Outcome\OutcomeRecorder;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Whether a save would publish a draft that its saver may not accept.
 *
 * Asked before each save, whatever the door. A draft is in what is published
 * when that was made from it and differs from what visitors see in a field that
 * the agent set; or when such a field holds the agent's words all the same.
 *
 * @internal
 */
final class FourEyesGuard {

  public function __construct(
    private readonly FourEyes $fourEyes,
    private readonly ChangeLog $changes,
    private readonly EditorDecisions $decisions,
    private readonly DraftState $states,
    private readonly Fingerprint $fingerprint,
    private readonly OutcomeRecorder $outcomes,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Why the current user may not save the entity as it is; NULL: they may.
   */
  public function refusal(ContentEntityInterface $entity): ?TranslatableMarkup {
    $draft = $this->draftIn($entity);
    return $draft === NULL ? NULL : $this->fourEyes->sentence($draft);
  }

  private function draftIn(ContentEntityInterface $entity): ?Change {
    if ($this->currentUser->isAnonymous() || $entity->isNew() || !$this->fourEyes->isUsed() || !$this->publishes($entity)) {
      return NULL;
    }
    foreach ($this->changes->pending($entity) as $change) {
      $langcode = (string) $change->getTargetLangcode();
      $translation = $entity->hasTranslation($langcode) ? $entity->getTranslation($langcode) : NULL;
      if ($translation !== NULL && $this->isPublished($translation) && $this->fourEyes->keepsFrom($change, $this->currentUser) && $this->isIn($change, $translation)) {
        return $change;
      }
    }
    return NULL;
  }

  private function publishes(ContentEntityInterface $entity): bool {
    foreach (array_keys($entity->getTranslationLanguages()) as $langcode) {
      if ($this->isPublished($entity->getTranslation($langcode))) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Whether visitors will see the translation: now, or when Scheduler says so.
   */
  private function isPublished(ContentEntityInterface $translation): bool {
    return $this->states->willBePublished($translation) || ($translation->hasField('publish_on') && !$translation->get('publish_on')->isEmpty());
  }

  private function isIn(Change $change, ContentEntityInterface $translation): bool {
    $live = $this->live($translation);
    $before = $live === NULL ? [] : $this->fingerprint->of($live);
    $after = $this->fingerprint->of($translation);
    $own = $change->getPrints()['own'] ?? array_keys($after);
    $changed = array_filter($own, static fn (string $name): bool => ($after[$name] ?? NULL) !== ($before[$name] ?? NULL));
    if ($changed === []) {
      return FALSE;
    }
    if (!$this->decisions->isOverridden($change) && $this->decisions->isBasedOn($translation, $change)) {
      return TRUE;
    }
    $fields = $this->outcomes->record(clone $change, $translation)?->fields ?? [];
    return array_filter($changed, static fn (string $name): bool => ($fields[$name] ?? NULL)?->share > Outcome::NOTHING) !== [];
  }

  /**
   * What visitors see of the language now; NULL when that is nothing.
   */
  private function live(ContentEntityInterface $translation): ?ContentEntityInterface {
    $stored = $this->entityTypeManager->getStorage($translation->getEntityTypeId())->loadUnchanged($translation->id());
    $langcode = $translation->language()->getId();
    $live = $stored instanceof ContentEntityInterface && $stored->hasTranslation($langcode) ? $stored->getTranslation($langcode) : NULL;
    return $live !== NULL && $this->states->willBePublished($live) ? $live : NULL;
  }

}
