<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Quick;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Preset\ContentFit;
use Drupal\background_agents\Preset\FittingContent;
use Drupal\background_agents\Preset\Preset;
use Drupal\background_agents\Preset\PresetManager;
use Drupal\background_agents\Quick\PeopleNeeds;
use Drupal\background_agents\Quick\PermissionHolders;
use Drupal\background_agents\Quick\QuickChoice;
use Drupal\background_agents\Quick\TextFormats;
use Drupal\background_agents\Sidecar\OfferedModel;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Ui\ModelField;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\RoleInterface;

/**
 * Completes what was sent of the quick form with what fits.
 *
 * Read from the raw input, so that the elements which are built fit it from
 * the start; what is not offered counts as not sent.
 *
 * @internal
 */
final class QuickDefaults {

  public function __construct(
    private readonly PresetManager $presets,
    private readonly FittingContent $fitting,
    private readonly Workflows $workflows,
    private readonly PermissionHolders $holders,
    private readonly PeopleNeeds $people,
    private readonly TextFormats $formats,
    private readonly AccountInterface $currentUser,
    private readonly OfferedModels $models,
  ) {}

  /**
   * The input, whole; NULL when there is no preset with fitting content.
   */
  public function of(FormStateInterface $form_state): ?QuickInput {
    $fitting = array_filter(array_map($this->fitting->of(...), $this->presets->usable()));
    $presets = array_intersect_key($this->presets->usable(), $fitting);
    if ($presets === []) {
      return NULL;
    }
    $sent = self::texts($form_state->getUserInput());
    $preset = $presets[self::oneOf($sent['preset'] ?? '', array_keys($presets))];
    $fits = $fitting[$preset->id];
    $whole = $fits[self::oneOf($sent['content'] ?? '', array_keys($fits))];
    $field = $preset->fields->one ? self::oneOf($sent['field'] ?? '', array_keys($whole->fields)) : '';
    $content = $field === '' ? $whole : $whole->withField($field);
    $offered = $content->workflow === NULL ? $this->offered($content) : [];
    return new QuickInput($presets, $fits, $this->choice($preset, $content, $offered, $sent), $field, $offered);
  }

  /**
   * Takes out of the input what is not offered any more.
   *
   * Such as a content type of another preset: core would call it illegal.
   */
  public function forget(QuickInput $input, FormStateInterface $form_state): void {
    $sent = $form_state->getUserInput();
    $now = [
      'preset' => $input->preset()->id,
      'content' => $input->key(),
      'field' => $input->field,
      'start' => $input->choice->start,
      'reviewers' => $input->choice->reviewers,
      'workflow' => $input->choice->workflow,
    ];
    foreach ($now as $name => $value) {
      if (array_key_exists($name, $sent) && $sent[$name] !== $value) {
        unset($sent[$name]);
      }
    }
    $form_state->setUserInput($sent);
  }

  private function choice(Preset $preset, ContentFit $content, array $offered, array $sent): QuickChoice {
    $does = ['revise' => ['revise'], 'create' => ['create']][$sent['does'] ?? ''] ?? ['revise'];
    $people = $this->holders->people();
    return new QuickChoice(
      $preset->asksForTask() ? $preset->limitedTo($does) : $preset,
      $content,
      self::oneOf($sent['start'] ?? '', $preset->starts),
      trim($sent['time'] ?? '06:00'),
      isset($sent['reviewers']) && ($sent['reviewers'] === '' || isset($people[$sent['reviewers']])) ? $sent['reviewers'] : $this->reviewers($content),
      isset($sent['model']) || isset($sent['model_choice']) ? ModelField::value($sent, 'model') : $this->model(),
      $offered === [] ? '' : self::oneOf($sent['workflow'] ?? '', array_keys($offered)),
      trim($sent['name'] ?? ''),
      trim($sent['task'] ?? ''),
    );
  }

  /**
   * The workflows to choose from, the one that is made when there is none.
   *
   * @return array<string, string>
   *   Labels by id.
   */
  private function offered(ContentFit $content): array {
    if (!$this->currentUser->hasPermission('administer workflows')) {
      return [];
    }
    $offered = $this->workflows->offered($content->entityType);
    return $offered + [Workflows::NEW => (string) $this->workflows->find(Workflows::NEW)->label()];
  }

  /**
   * Who looks at the drafts, unless somebody says so.
   *
   * Those who may, when the person is one of them; else the person's own role
   * that edits such content.
   */
  private function reviewers(ContentFit $content): string {
    $own = array_intersect_key($this->holders->people(), array_flip($this->currentUser->getRoles(TRUE)));
    $needs = $this->people->toReview($content, $this->workflows->of($content->entityType, $content->bundle), $this->formats->permissions($content));
    $edits = [$this->people->toEdit($content)];
    if ($content->workflow !== NULL && array_filter($own, fn (RoleInterface $role): bool => $this->holders->missing($role, $needs) === []) !== []) {
      return '';
    }
    $editing = array_filter($own, fn (RoleInterface $role): bool => !$role->isAdmin() && $this->holders->missing($role, $edits) === []);
    return (string) array_key_first($editing);
  }

  /**
   * The model that most agents of the site have, else the first that works.
   */
  private function model(): string {
    $counts = array_count_values(array_map(static fn (Agent $agent): string => $agent->getModel(), Agent::loadMultiple()));
    arsort($counts);
    $working = array_filter($this->models->models(), static fn (OfferedModel $model): bool => $model->mayWork());
    return (string) (array_key_first($counts) ?? (reset($working) ?: NULL)?->id);
  }

  /**
   * A value when it is one of those that are offered, else the first of them.
   */
  private static function oneOf(string $value, array $offered): string {
    $offered = array_map(strval(...), $offered);
    return in_array($value, $offered, TRUE) ? $value : (string) reset($offered);
  }

  /**
   * The texts among what was sent: nothing else is asked for.
   *
   * @return array<string, string>
   *   By name.
   */
  private static function texts(array $sent): array {
    return array_filter($sent, is_string(...));
  }

}
