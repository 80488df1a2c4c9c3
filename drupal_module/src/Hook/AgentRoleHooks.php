<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Access\AgentAccessPolicy;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;

/**
 * Marks roles as agent roles, in the role form.
 *
 * @internal
 */
final class AgentRoleHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Implements hook_form_FORM_ID_alter() for the role form.
   */
  #[Hook('form_user_role_form_alter')]
  public function roleForm(array &$form, FormStateInterface $formState): void {
    $role = self::role($formState);
    if ($role === NULL || in_array($role->id(), [RoleInterface::ANONYMOUS_ID, RoleInterface::AUTHENTICATED_ID], TRUE)) {
      return;
    }
    $form['background_agents_agent_role'] = [
      '#type' => 'checkbox',
      '#title' => $this->t('Agent role'),
      '#description' => $this->t('Accounts with this role are background agents. They can only leave drafts, can work only while one of their runs is going on, and never administer the site.'),
      '#default_value' => AgentAccounts::isAgentRole($role),
      '#access' => $this->currentUser->hasPermission('administer background agents'),
    ];
    $form['#validate'][] = [$this, 'validateRoleForm'];
    $form['#entity_builders'][] = [$this, 'buildRole'];
  }

  /**
   * Refuses roles that an agent must not have.
   */
  public function validateRoleForm(array &$form, FormStateInterface $formState): void {
    $role = self::role($formState);
    if ($role === NULL || !$formState->getValue('background_agents_agent_role')) {
      return;
    }
    if ($role->isAdmin()) {
      $formState->setErrorByName('background_agents_agent_role', $this->t('An administrator role cannot be an agent role.'));
      return;
    }
    foreach ($role->getPermissions() as $permission) {
      if (AgentAccessPolicy::administers($permission)) {
        $formState->setErrorByName('background_agents_agent_role', $this->t('An agent role cannot have the permission "@permission". Take it away first.', ['@permission' => $permission]));
      }
      elseif (!$this->currentUser->hasPermission($permission)) {
        $formState->setErrorByName('background_agents_agent_role', $this->t('You cannot give agents the permission "@permission": you do not have it yourself.', ['@permission' => $permission]));
      }
    }
  }

  /**
   * Puts the mark on the role that is saved.
   */
  public function buildRole(string $entityType, RoleInterface $role, array &$form, FormStateInterface $formState): void {
    if (!($form['background_agents_agent_role']['#access'] ?? FALSE)) {
      return;
    }
    if ($formState->getValue('background_agents_agent_role')) {
      $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE);
    }
    else {
      $role->unsetThirdPartySetting('background_agents', AgentAccounts::SETTING);
    }
  }

  /**
   * Implements hook_form_FORM_ID_alter() for the account form.
   */
  #[Hook('form_user_form_alter')]
  #[Hook('form_user_register_form_alter')]
  public function accountForm(array &$form, FormStateInterface $formState): void {
    $form['#validate'][] = [$this, 'validateAccountForm'];
  }

  /**
   * Refuses agent roles for user 1 and for administrators.
   */
  public function validateAccountForm(array &$form, FormStateInterface $formState): void {
    $object = $formState->getFormObject();
    $account = method_exists($object, 'getEntity') ? $object->getEntity() : NULL;
    $roles = array_filter((array) $formState->getValue('roles', []));
    if (!$account instanceof UserInterface || array_intersect($roles, $this->accounts->agentRoles()) === []) {
      return;
    }
    if ((int) $account->id() === 1 || array_intersect($roles, $this->accounts->adminRoles()) !== []) {
      $formState->setErrorByName('roles', $this->t('User 1 and administrators cannot have an agent role. Make an account of its own for the agent.'));
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_insert(), _update() and _delete() for roles.
   */
  #[Hook('user_role_insert')]
  #[Hook('user_role_update')]
  #[Hook('user_role_delete')]
  public function roleChanged(RoleInterface $role): void {
    $this->accounts->reset();
  }

  private static function role(FormStateInterface $formState): ?RoleInterface {
    $object = $formState->getFormObject();
    $entity = method_exists($object, 'getEntity') ? $object->getEntity() : NULL;
    return $entity instanceof RoleInterface ? $entity : NULL;
  }

}
