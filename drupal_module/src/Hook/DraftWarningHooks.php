<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Draft\DraftUrl;
use Drupal\background_agents\Draft\EditorDecisions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\Core\Entity\ContentEntityFormInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Tells editors that an agent left a draft: before they edit, and meanwhile.
 *
 * Core compares a form only with the default revision: a draft that came while
 * the form was open would be buried without a word.
 *
 * @internal
 */
final class DraftWarningHooks {

  use StringTranslationTrait;

  /**
   * The newest revision that the editor knows of.
   */
  private const string SEEN = 'background_agents_seen';

  /**
   * The agent's draft that the editor was told of, and saves over.
   */
  private const string OVER = 'background_agents_over';

  public function __construct(
    private readonly ChangeLog $changes,
    private readonly EditorDecisions $decisions,
    private readonly LatestRevision $latest,
    private readonly DraftUrl $url,
  ) {}

  /**
   * Implements hook_form_alter().
   */
  #[Hook('form_alter')]
  public function formAlter(array &$form, FormStateInterface $formState): void {
    $entity = self::edited($formState);
    if ($entity === NULL) {
      return;
    }
    $change = $this->newest($entity);
    if ($change !== NULL && $change->getTargetRevisionId() === (int) $entity->getLoadedRevisionId()) {
      $form['background_agents_notice'] = [
        '#theme' => 'status_messages',
        '#message_list' => ['status' => [$this->describe($change, $entity, new TranslatableMarkup('This is a draft that an agent left.'))]],
        '#status_headings' => ['status' => $this->t('Status message')],
        '#weight' => -1000,
      ];
    }
    // Not #value: what the editor saw when the form was made is what counts.
    $form[self::SEEN] = ['#type' => 'hidden', '#default_value' => (string) $this->latestId($entity)];
    $form[self::OVER] = ['#type' => 'hidden', '#default_value' => ''];
    $form['#validate'][] = [$this, 'validate'];
    $form['#cache']['max-age'] = 0;
  }

  /**
   * Stops a save once when an agent left a draft since the form was opened.
   */
  public function validate(array &$form, FormStateInterface $formState): void {
    $entity = self::edited($formState);
    $change = $entity === NULL ? NULL : $this->newest($entity);
    if ($change === NULL) {
      return;
    }
    $draft = $change->getTargetRevisionId();
    if ($draft <= (int) $formState->getValue(self::SEEN)) {
      if ($draft === (int) $formState->getValue(self::OVER)) {
        $this->decisions->override($change);
      }
      return;
    }
    $formState->setErrorByName(self::SEEN, $this->describe($change, $entity, new TranslatableMarkup('An agent has left a newer draft since you opened this form. Look at it first, or save again to put your version in its place.')));
    // The second time the editor knows.
    $form[self::SEEN]['#value'] = (string) $draft;
    $form[self::OVER]['#value'] = (string) $draft;
  }

  /**
   * What is told, as markup: a string would be shown with its tags.
   */
  private function describe(Change $change, ContentEntityInterface $entity, TranslatableMarkup $sentence): TranslatableMarkup {
    $mayReview = $change->access('review');
    return $this->t('@sentence @summary <a href=":url">@look</a>.', [
      '@sentence' => $sentence,
      '@summary' => $change->getSummary(),
      ':url' => $mayReview ? $change->toUrl()->toString() : $this->url->of($entity),
      '@look' => $mayReview ? $this->t('Review the draft') : $this->t('See the draft'),
    ]);
  }

  private function newest(ContentEntityInterface $entity): ?Change {
    $pending = $this->changes->pending($entity, $entity->language()->getId());
    return $pending === [] ? NULL : reset($pending);
  }

  private function latestId(ContentEntityInterface $entity): int {
    return (int) $this->latest->idOf($entity->getEntityTypeId(), $entity->id(), $entity->language()->getId());
  }

  private static function edited(FormStateInterface $formState): ?ContentEntityInterface {
    $object = $formState->getFormObject();
    if (!$object instanceof ContentEntityFormInterface || !in_array($object->getOperation(), ['default', 'edit'], TRUE)) {
      return NULL;
    }
    $entity = $object->getEntity();
    return $entity instanceof ContentEntityInterface && !$entity->isNew() && $entity->getEntityType()->isRevisionable() && !AgentAccess::isNeverWritten($entity->getEntityTypeId())
      ? $entity
      : NULL;
  }

}
